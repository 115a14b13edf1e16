"""Samples: where the defaults cost too much on all rows, trials are trained on some, and the best ones on all."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_runner.prepare import division, sample
from automl_runner.prepare.folds import Rows, assign
from automl_runner.prepare.sample import leave_out_rows, sample_rows
from automl_runner.prepared import SPARE, TRAINS, train_rows
from builders.fitting import BOOSTED, Pipeline

BUDGET, SLOTS = 50.0, 2


@pytest.fixture
def sampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is too large for its budget, and a sample has 200 rows."""
    monkeypatch.setattr(division, "_SHARE_OF_DEFAULTS", 0.0)
    monkeypatch.setattr(sample, "_LEAST_ROWS", 200)
    monkeypatch.setattr(sample, "_LONGEST", 0.0)
    monkeypatch.setattr(sample, "_ALL_DEFAULTS", 0.0)


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def defaults(rows: int) -> list[float]:
    """The seconds of four defaults, for a million rows 100 core seconds in all."""
    return [rows / 1e6 * seconds for seconds in (10, 20, 30, 40)]


def of_classes(*counts: int) -> Rows:
    return Rows(np.repeat(np.arange(len(counts), dtype=np.int32), counts), classification=True)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            Rows(np.zeros(1_250_000), False), 1_250_000, id="half of the learners end within half of the time"
        ),
        pytest.param(Rows(np.zeros(1_300_000), False), 216_666, id="fewer do: a quarter of the budget is for defaults"),
        pytest.param(of_classes(1_994_000, 6_000), 333_333, id="the rarer class keeps 1,000 rows"),
        pytest.param(of_classes(1_998_000, 2_000), 1_000_000, id="or more rows are taken"),
        pytest.param(of_classes(1_999_000, 1_000), 2_000_000, id="or all"),
        pytest.param(of_classes(1_999_000, 500, 500), 250_000, id="but not for one of several tiny classes"),
    ],
)
def test_a_sample_is_as_large_as_the_budget_pays_for(rows: Rows, expected: int) -> None:
    assert sample_rows(defaults, BUDGET, SLOTS, rows, len(rows)) == expected


@pytest.mark.parametrize(("every", "expected"), [(200_000, 50_000), (90_000, 90_000)])
def test_a_sample_has_at_least_50000_rows_and_at_most_half(every: int, expected: int) -> None:
    rows = Rows(np.zeros(every), False)
    assert sample_rows(lambda count: [1e9 * count], BUDGET, SLOTS, rows, every) == expected


def test_a_sample_has_its_share_of_each_class_and_no_row_to_validate_on() -> None:
    rows = of_classes(9_000, 900, 2)
    assignment = assign(rows, 1, 0, generator())
    sampled, (note,) = leave_out_rows(rows, assignment, 1_000, generator())
    train = train_rows(sampled, "split", 0)
    assert (sampled[assignment == 0] == 0).all()
    assert set(sampled.tolist()) == {0, TRAINS, SPARE}
    assert np.bincount(rows.strata[train]) == pytest.approx([909, 91, 1], abs=1)
    assert "trained on 1,001 of" in note.message


@pytest.mark.parametrize("share", [1.0, 0.4])
@pytest.mark.parametrize("evaluation", [{}, {"groupColumn": "g"}, {"timeColumn": "t"}, {"holdout": "10%"}])
def test_the_best_trial_of_a_sample_is_trained_on_more_rows(
    evaluation: dict[str, Any], share: float, tmp_path: Path, sampling: None
) -> None:
    x = generator().normal(size=3_000)
    frame = pd.DataFrame(
        {"x": x, "g": np.arange(3_000) % 50, "t": np.arange(3_000), "y": x + generator().normal(size=3_000)}
    )
    pipeline = Pipeline(tmp_path, frame=frame, evaluation=evaluation)
    plan = pipeline.run.plan
    assert (plan.refit, plan.folds) == (True, 1)
    assert plan.trained_share < 0.1
    pipeline.fit(BOOSTED)
    refitted = pipeline.refit(share=share)
    warnings = pipeline.publish().facts.warnings
    assert refitted.share == pytest.approx(share, abs=0.001)
    assert [member.parts for member in pipeline.model.members] == [("refit",)]
    assert any(f"on {100 * share:.3g}%" in warning for warning in warnings) is (share < 1)
    assert any("trained on 200 of" in warning.message for warning in plan.warnings)


def test_the_time_for_finalize_depends_on_the_rows_that_are_scored(tmp_path: Path, sampling: None) -> None:
    x = generator().normal(size=40_000)
    half, whole = (
        Pipeline(tmp_path, frame=pd.DataFrame({"x": x[:rows], "z": -(x[:rows] ** 2), "y": x[:rows]})).run.plan
        for rows in (20_000, 40_000)
    )
    assert whole.finalize_seconds < 1.2 * half.finalize_seconds


def test_a_refit_by_time_takes_the_newest_rows(tmp_path: Path, sampling: None) -> None:
    x = generator().normal(size=3_000)
    level = np.arange(3_000) >= 2_900
    frame = pd.DataFrame({"t": pd.date_range("2024-01-01", periods=3_000, freq="h"), "x": x, "y": x + 10 * level})
    pipeline = Pipeline(tmp_path, frame=frame, evaluation={"timeColumn": "t"})
    pipeline.fit(BOOSTED)
    pipeline.refit(share=0.2)
    assert pipeline.publish().predict(frame.tail(100)).mean() > 7
