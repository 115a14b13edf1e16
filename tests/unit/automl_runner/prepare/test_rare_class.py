"""A class in one of 10,000 rows: every fold can be scored, the search for leaks works, and a note warns."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from automl_api.resources.trial import Configuration
from automl_runner.prepared import train_rows
from builders.fitting import Pipeline
from builders.preparing import PreparedRun, prepare_table


def rare(rows: int, positives: int, seed: int = 0) -> dict[str, Any]:
    """A table with some rows of a class "fraud", which are unlike the others in a number."""
    generator = np.random.default_rng(seed)
    fraud = np.zeros(rows, bool)
    fraud[generator.choice(rows, positives, replace=False)] = True
    return {
        "amount": generator.normal(size=rows) + 3.0 * fraud,
        "country": generator.choice(["at", "ch", "de"], rows),
        "y": np.where(fraud, "fraud", "ok"),
    }


def positives_in_folds(run: PreparedRun) -> list[int]:
    """The number of rows of the rare class that each fold validates on."""
    target = run.prepared.whole_target()
    return [int((target[run.prepared.folds == fold] == 1).sum()) for fold in range(run.plan.folds)]


@pytest.mark.parametrize(("rows", "positives"), [(40_000, 4), (40_000, 8), (200_000, 20), (200_000, 4)])
def test_every_fold_has_the_rare_class_to_train_and_to_validate_on(rows: int, positives: int, tmp_path: Path) -> None:
    run = prepare_table(rare(rows, positives), tmp_path)
    found = positives_in_folds(run)
    assert run.plan.folds == min(8, positives)
    assert min(found) >= 1
    assert max(found) - min(found) <= 1
    for fold in range(run.plan.folds):
        assert (run.prepared.whole_target()[train_rows(run.prepared.folds, "kfold", fold)] == 1).any()


@pytest.mark.parametrize("holdout", ["1%", "20%"])
def test_the_holdout_and_the_folds_have_the_rare_class(holdout: str, tmp_path: Path) -> None:
    run = prepare_table(rare(40_000, 8), tmp_path, evaluation={"holdout": holdout})
    assert (run.prepared.holdout_target() == 1).sum() >= 1
    assert min(positives_in_folds(run)) >= 1


def test_the_notes_name_the_class_and_its_rows(tmp_path: Path) -> None:
    run = prepare_table(rare(200_000, 20), tmp_path)
    (imbalance,) = run.warnings_with("Imbalance")
    assert imbalance.message.startswith(
        'only 20 of 200,000 rows are "fraud"; scores will be uncertain; --metric average_p'
    )
    (found,) = prepare_table(rare(40_000, 4), tmp_path).warnings_with("RareClass")
    assert 'class "fraud" has only 4 rows' in found.message


@pytest.mark.parametrize("seed", range(3))
def test_a_leak_is_found_whatever_rows_the_sample_has(seed: int, tmp_path: Path) -> None:
    table = rare(100_000, 10, seed)
    table["refund"] = np.where(table["y"] == "fraud", "yes", "no")
    run = prepare_table(table, tmp_path, search={"seed": seed})
    assert [note.column for note in run.warnings_with("Leak")] == ["refund"]


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "log_loss", "f1"])
def test_folds_are_scored_and_a_model_is_published(metric: str, tmp_path: Path) -> None:
    table = rare(40_000, 4)
    pipeline = Pipeline(tmp_path, frame=pandas.DataFrame(table), objective={"metric": metric}, evaluation={"folds": 2})
    scores = pipeline.fit(Configuration(learner="linear", parameters={"strength": 1.0}))
    assert all(np.isfinite(fold.score) for fold in scores)
    model = pipeline.publish()
    score = pipeline.model.score
    assert score.low <= score.value <= score.high
    assert model.predict_proba(pipeline.frame)["fraud"].mean() < 0.01
