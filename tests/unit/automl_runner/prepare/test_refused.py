"""Data that cannot be learned from is refused; the message names the problem, the place and a remedy."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_runner.failures import WorkFailed
from builders.preparing import a_table, prepare_file, prepare_table

ROWS = a_table(60)

FILES = {
    "one row": ("a,y\n1,2\n", "rows.csv has a single row; give a table with at least 4 rows"),
    "a header only": ("a,y\n", "rows.csv has a header and no rows"),
    "one column": ("y\n1\n2\n3\n4\n", "rows.csv has one column only; give the target and columns to predict it from"),
    "three rows": ("a,y\n1,2\n2,1\n3,1\n", "rows.csv has 3 rows with a target; give at least 4"),
    "ragged": ("a,y\n1,2\n1,2,3\n", "rows.csv, line 3: 3 cells where the header has 2; mend the line"),
    "empty": ("", "rows.csv is empty; give a file"),
    "duplicate names": ("a,a,y\n1,2,3\n", 'rows.csv has two columns named "a"; rename one of them'),
    "nothing to learn from": ("a,y\n1,0\n1,1\n1,0\n1,1\n", "rows.csv has no column to learn from; give columns that vary"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), FILES.values(), ids=FILES)
def test_a_bad_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(WorkFailed) as raised:
        prepare_file(tmp_path / "rows.csv", tmp_path)
    assert (raised.value.failure_class, raised.value.reason) == ("program", "DataInvalid")
    assert words in raised.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match=r"DataMissing: there is no file rows\.csv"):
        prepare_file(tmp_path / "rows.csv", tmp_path)


def evaluation(**changes: Any) -> dict[str, Any]:
    return {"evaluation": changes}


def typed(kind: str, **changes: Any) -> dict[str, Any]:
    return {"data": {"columns": [{"name": "y", "type": kind}]}, **changes}


QUESTIONS = {
    "target mistyped": ({"target": "cty"}, {}, "DataInvalid", 'rows.parquet has no column "cty". Did you mean "city"?'),
    "target constant": ({}, {"y": ["a"] * 60}, "DataInvalid", 'the target "y" has the same value in every row; give a column that varies'),
    "target all missing": ({}, {"y": [None] * 60}, "DataInvalid", 'the target "y" has no value in any row'),
    "rmsle of negative numbers": ({"objective": {"metric": "rmsle"}}, {"y": np.arange(60) - 2.5}, "SpecInvalid", 'rows.parquet: the target "y" is below 0 in 3 rows, and rmsle is not defined there; mend them, or choose another metric: rmse, mse, mae'),
    "target of dates": ({}, {"y": ["2024-01-31", "2024-02-01"] * 30}, "DataInvalid", 'the target "y" holds dates; give a column of numbers or classes as target; where they are classes, say categorical in data.columns'),
    "target of times": ({}, {"y": pd.date_range("2024", periods=60)}, "DataInvalid", 'the target "y" holds dates; give'),
    "target of lists": ({}, {"y": [[1]] * 60}, "DataInvalid", 'the target "y" holds lists or objects; give'),
    "target of one class and gaps": ({}, {"y": ["a", None] * 30}, "DataInvalid", 'the target "y" has the same value in every row that has one; give a column that varies'),
    "target of one number and gaps": ({"task": "regression"}, {"y": [1.5, None] * 30}, "DataInvalid", 'the target "y" has the same value in every row that has one; give'),
    "texts that are to be numeric": (typed("numeric"), {}, "SpecInvalid", 'the target "y" holds texts, and data.columns says numeric, for example "yes"; '),
    "booleans that are to be numeric": (typed("numeric"), {"y": [True, False] * 30}, "SpecInvalid", 'the target "y" holds truth values, and data.columns says numeric; '),
    "regression on categories": (typed("categorical", task="regression"), {"y": [0.5, 1.5, 2.5] * 20}, "SpecInvalid", 'the target "y" is categorical by data.columns, and regression needs numbers; say numeric there, or set task: auto'),
    "regression on a categorical": ({"task": "regression"}, {"y": pd.Categorical([0.5, 1.5, 2.5] * 20)}, "SpecInvalid", 'the target "y" is categorical by its own type, and regression needs numbers; say numeric in data.columns, or set task: auto'),
    "target an identifier": ({}, {"y": [f"id {n}" for n in range(60)]}, "DataInvalid", "fewer than two classes of the target have two rows"),
    "regression on texts": ({"task": "regression"}, {}, "SpecInvalid", 'the target "y" holds texts, and regression needs numbers, for example "yes"; set task: auto'),
    "binary on three": ({"task": "binary", "target": "city"}, {}, "SpecInvalid", 'the target "city" has 3 classes, and binary means two'),
    "multiclass on two": ({"task": "multiclass"}, {}, "SpecInvalid", 'the target "y" has two classes; set task: auto or binary'),
    "positive class mistyped": ({"positiveClass": "yep"}, {}, "SpecInvalid", 'no class "yep". Did you mean "yes"? Its classes are "no" and "yes"'),
    "positive class of three": ({"target": "city", "positiveClass": "Rome"}, {}, "SpecInvalid", "positiveClass is for two classes; leave it out"),
    "metric of another task": ({"objective": {"metric": "rmse"}}, {}, "SpecInvalid", 'the metric "rmse" does not fit a binary target; one of roc_auc,'),
    "learner mistyped": ({"learners": {"include": ["lihgtgbm"]}}, {}, "SpecInvalid", 'there is no learner "lihgtgbm". Did you mean "lightgbm"?'),
    "all learners excluded": ({"learners": {"include": ["linear"], "exclude": ["linear"]}}, {}, "SpecInvalid", "leave none to try"),
    "ignored column absent": ({"data": {"ignoreColumns": ["secnod"]}}, {}, "DataInvalid", 'has no column "secnod" (data.ignoreColumns). Did you mean "second"?'),
    "ignored target": ({"data": {"ignoreColumns": ["y"]}}, {}, "SpecInvalid", 'data.ignoreColumns holds the target "y"; take it out'),
    "target of infinite values": ({}, {"y": [float("inf"), float("-inf")] * 30}, "DataInvalid", 'the target "y" is infinite in 60 rows and has no other value'),
    "target too large": ({}, {"y": [n * 1e299 for n in range(60)]}, "DataInvalid", 'the target "y" has values as large as 5.9e+300, and learners compute up to 1e+30; divide it'),
    "target too small": ({}, {"y": [n * 1e-50 for n in range(60)]}, "DataInvalid", 'the target "y" has no value larger than 5.9e-49, and learners compute down to 1e-30; multiply it'),
    "typed column absent": ({"data": {"columns": [{"name": "secnod", "type": "numeric"}]}}, {}, "DataInvalid", 'has no column "secnod" (data.columns). Did you mean "second"?'),
    "typed and ignored": ({"data": {"columns": [{"name": "city", "type": "categorical"}], "ignoreColumns": ["city"]}}, {}, "SpecInvalid", '"city" is categorical by data.columns and ignored by data.ignoreColumns'),
    "dates that are to be numeric": ({"data": {"columns": [{"name": "d", "type": "numeric"}]}}, {"d": pd.date_range("2024", periods=60)}, "DataInvalid", '"d" cannot be numeric, as data.columns says: it holds dates; mend them'),
    "lists that are to be categorical": ({"data": {"columns": [{"name": "d", "type": "categorical"}]}}, {"d": [[1]] * 60}, "DataInvalid", "it holds lists or objects; mend them"),
    "numbers that are to be dates": ({"data": {"columns": [{"name": "first", "type": "datetime"}]}}, {}, "DataInvalid", "it holds numbers; mend them"),
    "group column absent": (evaluation(groupColumn="shop"), {}, "DataInvalid", 'has no column "shop" (evaluation.groupColumn).'),
    "time column absent": (evaluation(timeColumn="day"), {}, "DataInvalid", 'has no column "day" (evaluation.timeColumn).'),
    "weight column absent": (evaluation(weightColumn="w"), {}, "DataInvalid", 'has no column "w" (evaluation.weightColumn). It begins with the columns "first", "second", "city", "y"'),
    "weight is the target": (evaluation(weightColumn="y"), {}, "SpecInvalid", 'evaluation.weightColumn and the target are both "y"'),
    "negative weights": (evaluation(weightColumn="w"), {"w": [-1.0, *[1.0] * 59]}, "DataInvalid", 'the weights in "w" are negative in 1 rows; weights are 0 or more'),
    "missing weights": (evaluation(weightColumn="w"), {"w": [None, *[1.0] * 59]}, "DataInvalid", 'the weights in "w" are missing in 1 rows; give every row a number, 0 to leave it out'),
    "infinite weights": (evaluation(weightColumn="w"), {"w": [float("inf"), *[1.0] * 59]}, "DataInvalid", 'the weights in "w" are infinite in 1 rows; give'),
    "weights of booleans": (evaluation(weightColumn="w"), {"w": [False] * 60}, "DataInvalid", 'the weights in "w" are truth values; give every row a number'),
    "weights of dates": (evaluation(weightColumn="w"), {"w": pd.date_range("2024", periods=60)}, "DataInvalid", 'the weights in "w" are dates; give'),
    "weights of lists": (evaluation(weightColumn="w"), {"w": [[1]] * 60}, "DataInvalid", 'the weights in "w" are lists or objects; give'),
    "weights with gaps and texts": (evaluation(weightColumn="w"), {"w": [None, "many", *["1"] * 58]}, "DataInvalid", 'the weights in "w" are missing in 1 rows and not numbers in 1 rows, for example "many"; give'),
    "weights in two notations": (evaluation(weightColumn="w"), {"w": [*["1,5"] * 59, "2.5"]}, "DataInvalid", 'the weights in "w" are not numbers in 1 rows, for example "2.5"; give'),
    "weights without the unit of the others": (evaluation(weightColumn="w"), {"w": [*[f"{n} kg" for n in range(1, 60)], "2"]}, "DataInvalid", 'the weights in "w" are not numbers in 1 rows, for example "2"; give'),
    "weights of nothing": (evaluation(weightColumn="w"), {"w": [0.0] * 60}, "DataInvalid", 'the weights in "w" are 0 in every row'),
    "weights of texts": (evaluation(weightColumn="city"), {}, "DataInvalid", 'the weights in "city" are not numbers in 60 rows, for example "'),
    "few weighted rows": (evaluation(weightColumn="w"), {"w": [1.0, 1.0, *[0.0] * 58]}, "DataInvalid", "rows.parquet has 2 rows with a target and a weight above 0; give at least 4"),
    "times of texts": (evaluation(timeColumn="city"), {}, "DataInvalid", 'the times in "city" are not dates or numbers in 60 rows, for example "'),
    "times of truths": (evaluation(timeColumn="t"), {"t": [True, False] * 30}, "DataInvalid", 'the times in "t" are truth values; give every row a date or a number'),
    "times of lists": (evaluation(timeColumn="t"), {"t": [[1]] * 60}, "DataInvalid", 'the times in "t" are lists or objects; give'),
    "times with gaps": (evaluation(timeColumn="t"), {"t": [None, *range(59)]}, "DataInvalid", 'the times in "t" are missing in 1 rows; give'),
    "times half of which are none": (evaluation(timeColumn="t"), {"t": ["2024-01-31", "2024-02-01", "soon"] * 20}, "DataInvalid", 'the times in "t" are not dates or numbers in 20 rows, for example "soon"; give every row a date or a number, all written in one way'),
    "infinite times": (evaluation(timeColumn="t"), {"t": [float("inf"), *range(59)]}, "DataInvalid", 'the times in "t" are infinite in 1 rows; give'),
    "one time": (evaluation(timeColumn="t"), {"t": [5] * 60}, "DataInvalid", "all rows have the same time; give rows of two times or more, or leave evaluation.timeColumn out"),
    "groups of lists": (evaluation(groupColumn="g"), {"g": [[1]] * 60}, "DataInvalid", 'the groups in "g" are lists or objects; give'),
    "no groups": (evaluation(groupColumn="g"), {"g": [None] * 60}, "DataInvalid", 'the groups in "g" are missing in every row; give'),
    "one group": (evaluation(groupColumn="g"), {"g": ["a"] * 60}, "DataInvalid", "all rows are of one group; give rows of two groups or more, or leave evaluation.groupColumn out"),
    "groups of one class each": (evaluation(groupColumn="g"), {"g": ROWS["y"]}, "DataInvalid", "no rows can be kept for validation so that they and the others hold two classes or more; give more rows, or another evaluation.groupColumn"),
    "times of one class each": (evaluation(timeColumn="t"), {"t": np.where(ROWS["y"] == "yes", 1, 2)}, "DataInvalid", "hold two classes or more; give more rows, or another evaluation.timeColumn"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "columns", "reason", "words"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_spec_that_does_not_fit_the_data_is_refused(
    tmp_path: Path, changes: dict[str, Any], columns: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(WorkFailed) as raised:
        prepare_table({**ROWS, **columns}, tmp_path, **changes)
    assert (raised.value.failure_class, raised.value.reason) == ("program", reason)
    assert words in raised.value.message


def test_large_weights_keep_their_differences(tmp_path: Path) -> None:
    run = prepare_table({**ROWS, "w": [1e308, 1.5e308] * 30}, tmp_path, evaluation={"weightColumn": "w"})
    assert run.prepared.weights is not None
    np.testing.assert_allclose(run.prepared.weights[:2], [0.8, 1.2], rtol=1e-6)
