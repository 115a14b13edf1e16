"""What cannot be learned from is refused, and the words name the thing, the place and what to do."""

from pathlib import Path
from typing import Any

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
    "names twice": ("a,a,y\n1,2,3\n", 'rows.csv has two columns named "a"; rename one of them'),
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


QUESTIONS = {
    "target mistyped": ({"target": "cty"}, {}, "DataInvalid", 'rows.parquet has no column "cty". Did you mean "city"?'),
    "target constant": ({}, {"y": ["a"] * 60}, "DataInvalid", 'the target "y" has the same value in every row; give a column that varies'),
    "target all missing": ({}, {"y": [None] * 60}, "DataInvalid", 'the target "y" has no value in any row'),
    "target of dates": ({}, {"y": ["2024-01-31", "2024-02-01"] * 30}, "DataInvalid", 'the target "y" holds dates or lists'),
    "target an identifier": ({}, {"y": [f"id {n}" for n in range(60)]}, "DataInvalid", "fewer than two classes of the target have two rows"),
    "regression on texts": ({"task": "regression"}, {}, "SpecInvalid", 'the target "y" holds texts, and regression needs numbers, for example "yes"; set task: auto'),
    "binary on three": ({"task": "binary", "target": "city"}, {}, "SpecInvalid", 'the target "city" has 3 classes, and binary means two'),
    "multiclass on two": ({"task": "multiclass"}, {}, "SpecInvalid", 'the target "y" has two classes; set task: auto or binary'),
    "positive class mistyped": ({"positiveClass": "yep"}, {}, "SpecInvalid", 'no class "yep". Did you mean "yes"? Its classes are "no" and "yes"'),
    "positive class of three": ({"target": "city", "positiveClass": "Rome"}, {}, "SpecInvalid", "positiveClass is for two classes, leave it out"),
    "metric of another task": ({"objective": {"metric": "rmse"}}, {}, "SpecInvalid", 'the metric "rmse" does not fit a binary target; one of roc_auc,'),
    "learner mistyped": ({"learners": {"include": ["lihgtgbm"]}}, {}, "SpecInvalid", 'there is no learner "lihgtgbm". Did you mean "lightgbm"?'),
    "all learners excluded": ({"learners": {"include": ["linear"], "exclude": ["linear"]}}, {}, "SpecInvalid", "leave none to try"),
    "ignored column absent": ({"data": {"ignoreColumns": ["secnod"]}}, {}, "DataInvalid", 'has no column "secnod" (data.ignoreColumns). Did you mean "second"?'),
    "ignored target": ({"data": {"ignoreColumns": ["y"]}}, {}, "SpecInvalid", 'data.ignoreColumns holds the target "y"; take it out'),
    "target of infinite values": ({}, {"y": [float("inf"), float("-inf")] * 30}, "DataInvalid", 'the target "y" is infinite in 60 rows and has no other value'),
    "target too large": ({}, {"y": [n * 1e299 for n in range(60)]}, "DataInvalid", 'the target "y" has values as large as 5.9e+300, and learners compute up to 1e+30; divide it'),
    "target too small": ({}, {"y": [n * 1e-50 for n in range(60)]}, "DataInvalid", 'the target "y" has no value larger than 5.9e-49, and learners compute from 1e-30; multiply it'),
    "typed column absent": ({"data": {"columns": [{"name": "secnod", "type": "numeric"}]}}, {}, "DataInvalid", 'has no column "secnod" (data.columns). Did you mean "second"?'),
    "typed and ignored": ({"data": {"columns": [{"name": "city", "type": "categorical"}], "ignoreColumns": ["city"]}}, {}, "SpecInvalid", '"city" is categorical by data.columns and ignored by data.ignoreColumns'),
    "group column absent": (evaluation(groupColumn="shop"), {}, "DataInvalid", 'has no column "shop" (evaluation.groupColumn).'),
    "time column absent": (evaluation(timeColumn="day"), {}, "DataInvalid", 'has no column "day" (evaluation.timeColumn).'),
    "weight column absent": (evaluation(weightColumn="w"), {}, "DataInvalid", 'has no column "w" (evaluation.weightColumn). It begins with the columns "first", "second", "city", "y"'),
    "weight is the target": (evaluation(weightColumn="y"), {}, "SpecInvalid", 'evaluation.weightColumn and the target are both "y"'),
    "negative weights": (evaluation(weightColumn="w"), {"w": [-1.0, *[1.0] * 59]}, "DataInvalid", 'the weights in "w" are negative in 1 rows; weights are 0 or more'),
    "missing weights": (evaluation(weightColumn="w"), {"w": [None, *[1.0] * 59]}, "DataInvalid", 'the weights in "w" are missing or no numbers in 1 rows'),
    "weights of nothing": (evaluation(weightColumn="w"), {"w": [0.0] * 60}, "DataInvalid", 'the weights in "w" are 0 in every row'),
    "weights of texts": (evaluation(weightColumn="city"), {}, "DataInvalid", 'the weights in "city" are missing or no numbers in 60 rows'),
    "times of texts": (evaluation(timeColumn="city"), {}, "DataInvalid", 'the times in "city" are missing or no dates or numbers in 60 rows'),
    "one group": (evaluation(groupColumn="g"), {"g": ["a"] * 60}, "DataInvalid", "no rows can be kept for validation"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "columns", "reason", "words"), QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_that_does_not_fit_is_refused(
    tmp_path: Path, changes: dict[str, Any], columns: dict[str, Any], reason: str, words: str
) -> None:
    with pytest.raises(WorkFailed) as raised:
        prepare_table({**ROWS, **columns}, tmp_path, **changes)
    assert (raised.value.failure_class, raised.value.reason) == ("program", reason)
    assert words in raised.value.message
