"""A label that is no class counts as wrong and has a note; left out, it would make the score look perfect."""

import numpy as np
import pandas as pd
import pytest

from automl_api.metrics import metrics_of
from automl_model.evaluation import NO_CLASS, notes_on_labels, notes_on_values, scores_of

ROWS = 200
TRUTH = np.arange(ROWS) % 2
SURE = np.eye(2)[TRUTH] * 0.98 + 0.01
MISSING = NO_CLASS - 1


def test_rows_of_no_class_count_as_wrong_in_every_score_of_labels() -> None:
    target = np.where(np.arange(ROWS) < 180, NO_CLASS, TRUTH)
    found = scores_of(metrics_of("binary"), target, SURE, 0.5)
    assert found["accuracy"] == 0.1
    assert found["log_loss"] > 10
    assert found["f1"] < 0.2
    assert found["mcc"] < 0
    assert found["roc_auc"] == 1.0, "rows of no class have no place in an order"


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_every_label_metric_is_worse_with_labels_that_are_no_class(task: str) -> None:
    classes = 2 if task == "binary" else 3
    truth = np.arange(ROWS) % classes
    sure = np.eye(classes)[truth] * 0.9 + 0.1 / classes
    metrics = [name for name in metrics_of(task) if "roc" not in name and name != "average_precision"]  # type: ignore[arg-type]
    whole, some = (
        scores_of(metrics, target, sure, 0.5) for target in (truth, np.where(np.arange(ROWS) < 30, -1, truth))
    )
    assert whole.keys() == some.keys() == set(metrics)
    assert "log_loss" in metrics
    assert all(some[name] > whole[name] if name == "log_loss" else some[name] < whole[name] for name in metrics)


def test_the_note_has_the_number_and_examples() -> None:
    column = pd.Series(["YES"] * 3 + ["Nope", "yes", "no", None])
    codes = np.array([NO_CLASS] * 4 + [1, 0, MISSING])
    missing, strange = notes_on_labels("y", column, codes, ["roc_auc", "accuracy"])
    assert missing == '1 of 7 rows have no value in "y" and are left out'
    assert strange == (
        '4 of 7 rows have a value in "y" that is not a class of the model ("YES" in 3, "Nope" in 1); they count as wrong;'
        " only the other 2 rows count for roc_auc"
    )


def test_rows_without_a_number_have_a_note() -> None:
    column, values = pd.Series(["1", "12 apples", None]), np.array([1.0, np.nan, np.nan])
    assert notes_on_values("y", column, values) == [
        '2 of 3 rows have no number in "y" ("12 apples" in 1) and are left out'
    ]
    assert notes_on_values("y", column[:1], values[:1]) == []
