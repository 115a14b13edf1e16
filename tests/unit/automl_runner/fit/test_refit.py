"""Refits: if the folds' models saw too few rows, or not the newest, models of all rows are published instead."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_api.resources.trial import Configuration
from automl_runner.failures import WorkFailed
from automl_runner.prepared import Prepared
from builders.fitting import BOOSTED, LINEAR, TREES, Pipeline

BY_TIME: dict[str, Any] = {"evaluation": {"timeColumn": "hour", "folds": 4}}


def trending(rows: int = 900, first: int = 0, seed: int = 0) -> pd.DataFrame:
    """A target that depends on a feature and on a level that rises from hour to hour."""
    random = np.random.default_rng([seed, first])
    hour, feature = np.arange(first, first + rows), random.normal(size=rows)
    y = feature + hour / 150 + 0.5 * random.normal(size=rows)
    return pd.DataFrame({"hour": pd.Timestamp("2024-01-01") + pd.to_timedelta(hour, "h"), "x": feature, "y": y})


def error(pipeline: Pipeline, frame: pd.DataFrame) -> float:
    return float(np.sqrt(((pipeline.publish().predict(frame) - frame["y"]) ** 2).mean()))


def test_with_folds_by_time_the_published_model_has_seen_the_newest_rows(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, frame=trending(), **BY_TIME)
    assert pipeline.run.plan.refit
    pipeline.fit(BOOSTED)
    pipeline.refit()
    coming = trending(100, first=900)
    assert error(pipeline, coming) < 1.0
    score = pipeline.model.score
    assert score.low <= error(pipeline, coming) <= score.high
    (member,) = pipeline.model.members
    assert member.parts == ("refit",)


def test_without_time_for_a_refit_the_newest_model_is_published_and_reported(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, frame=trending(), **BY_TIME)
    pipeline.fit(BOOSTED)
    model = pipeline.publish()
    assert [member.parts for member in pipeline.model.members] == [("fold-3",)]
    assert "oldest 80% of them" in model.facts.warnings[0]
    assert "no member was trained on all rows" in (model.path / "README.md").read_text()


@pytest.mark.parametrize(
    ("evaluation", "expected"),
    [
        pytest.param({"folds": 8}, False, id="eight folds: seven eighths of the rows"),
        pytest.param({"folds": 5}, False, id="five folds: 80 %"),
        pytest.param({"folds": 4}, True, id="four folds: three quarters"),
        pytest.param({"folds": 2}, True, id="two folds: half"),
        pytest.param({"folds": 8, "holdout": "20%"}, True, id="eight folds and a holdout: 70 %"),
        pytest.param({"folds": 8, "timeColumn": "a"}, True, id="by time: not the newest"),
    ],
)
def test_a_plan_asks_for_refits_if_the_folds_saw_too_few_rows(
    evaluation: dict[str, Any], expected: bool, tmp_path: Path
) -> None:
    assert Pipeline(tmp_path, evaluation=evaluation).run.plan.refit is expected


def test_the_holdout_scores_models_that_never_saw_it(tmp_path: Path) -> None:
    """With random labels a model of all rows would know the holdout, but the score shows that nothing can be learned."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"x": random.permutation(300), "z": random.normal(size=300), "y": random.permutation(300) % 2})
    pipeline = Pipeline(tmp_path, frame=frame, evaluation={"folds": 2, "holdout": "30%"})
    pipeline.fit(TREES.replace(view="plain", parameters={"min_samples_leaf": 1}))
    pipeline.refit()
    model = pipeline.publish()
    assert model.evaluate(frame)["roc_auc"] > 0.99
    assert pipeline.model.score.basis == "holdout"
    assert pipeline.model.score.value < 0.65


def test_a_trial_without_a_refit_is_left_out_if_it_is_no_better(
    tmp_path: Path,
) -> None:
    found = []
    for place, others in (("alone", []), ("beside", [TREES])):
        (tmp_path / place).mkdir()
        pipeline = Pipeline(tmp_path / place, frame=trending(), evaluation={"folds": 2})
        for configuration in [LINEAR, *others]:
            pipeline.fit(configuration)
        pipeline.refit(0)
        found.append((pipeline.publish().facts.warnings, pipeline.model.score, pipeline.model.members[0].parts))
    assert found[0] == found[1]
    assert found[0][0] == ()
    assert found[0][2] == ("refit",)


def test_a_better_trial_whose_refit_has_failed_is_published_with_its_folds_and_reported(tmp_path: Path) -> None:
    bent = trending()
    bent["y"] += 1.2 * np.abs(bent["x"])
    pipeline = Pipeline(tmp_path, frame=bent, evaluation={"folds": 2})
    for configuration in (TREES, LINEAR):
        pipeline.fit(configuration)
    pipeline.refit(0)
    model = pipeline.publish()
    members = {member.learner: member for member in pipeline.model.members}
    assert members["extra_trees"].parts == ("refit",)
    assert members["linear"].parts == ("fold-0", "fold-1")
    (warning,) = model.facts.warnings
    assert warning.startswith(f"{members['linear'].trial} was not trained on all rows")
    assert "50% of them" in warning


@pytest.mark.parametrize("configuration", [LINEAR, TREES, BOOSTED], ids=lambda configuration: configuration.learner)
def test_every_learner_is_trained_on_all_rows_with_as_many_rounds_as_its_folds(
    configuration: Configuration, tmp_path: Path
) -> None:
    pipeline = Pipeline(tmp_path, "whole", evaluation={"folds": 2, "weightColumn": "w"}, frame=weighted())
    rounds = [fold.rounds for fold in pipeline.fit(configuration)]
    assert pipeline.refit().rounds == round(np.mean(rounds))
    assert pipeline.publish().evaluate(pipeline.frame)["accuracy"] > 0.6


@pytest.mark.parametrize("target", ["text", "numbers"])
def test_a_model_of_all_rows_that_has_not_converged_is_refused(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boosting may diverge without validation rows; here it trains on a shuffled target."""
    frame = trending() if target == "numbers" else weighted().drop(columns="w")
    pipeline = Pipeline(tmp_path, frame=frame, evaluation={"folds": 2})
    pipeline.fit(LINEAR)
    truly = Prepared.whole_target
    monkeypatch.setattr(Prepared, "whole_target", lambda self: truly(self)[::-1])
    with pytest.raises(WorkFailed, match=r"Diverged.*converged"):
        pipeline.refit()


def weighted() -> pd.DataFrame:
    random = np.random.default_rng(0)
    signal = random.normal(size=300)
    return pd.DataFrame({"x": signal, "w": random.uniform(1, 3, 300), "y": np.digitize(signal, [-0.5, 0.5])})


def test_a_refit_of_a_trial_without_a_fold_is_refused(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path, evaluation={"folds": 2})
    pipeline.fit(LINEAR, ())
    with pytest.raises(WorkFailed, match="NothingFinished"):
        pipeline.refit()


def test_a_refit_of_the_targets_logarithm_has_the_mean_factor_of_its_folds(tmp_path: Path) -> None:
    """Multiplied noise: the mean is 1.28 times the exponential of the mean logarithm."""
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    frame = pd.DataFrame({"x": x, "z": random.normal(size=600), "y": np.exp(x + 0.7 * random.normal(size=600))})
    pipeline = Pipeline(tmp_path, target="y", frame=frame, evaluation={"folds": 4}, task="regression")
    pipeline.fit(LINEAR.replace(view="log_target"))
    pipeline.refit()
    model = pipeline.publish()
    assert [member.parts for member in pipeline.model.members] == [("refit",)]
    assert model.predict(frame).mean() == pytest.approx(frame["y"].mean(), rel=0.15)
    factors = [json.loads(path.read_text())["factor"] for path in tmp_path.rglob("trials/*/fold-*/manifest.json")]
    assert len(factors) == 4
    assert model.models[0].model.view.state["factor"] == pytest.approx(np.mean(factors))
    assert 1.1 < np.mean(factors) < 1.5
