"""The task depends on the target. Classes have an order; of two classes the positive one is last."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from automl_model.encoding import Encoder, class_codes, target_values
from automl_model.encoding.column import column_of
from automl_runner.prepare.target import read_target
from builders.preparing import a_spec, a_table, prepare_table

TASKS = {
    "two texts": (["no", "no", "yes"], "binary", ("no", "yes"), "string"),
    "the rarer text is positive": (["yes", "no", "yes"], "binary", ("yes", "no"), "string"),
    "zeros and ones": ([0, 0, 1], "binary", ("0", "1"), "int64"),
    "zeros and ones in texts": (["0", "0", "1"], "binary", ("0", "1"), "string"),
    "whole numbers with gaps": ([0.0, 0.0, 1.0, None], "binary", ("0.0", "1.0"), "float64"),
    "booleans": ([False, False, True], "binary", ("False", "True"), "bool"),
    "three texts": (["b", "a", "c"], "multiclass", ("a", "b", "c"), "string"),
    "few whole numbers": ([3, 1, 2] * 20, "multiclass", ("1", "2", "3"), "int64"),
    "many whole numbers": (list(range(60)), "regression", (), "float64"),
    "few whole numbers in few rows": ([3, 1, 2] * 5, "regression", (), "float64"),
    "fractions": ([0.5, 1.0, 1.5] * 20, "regression", (), "float64"),
    "fractions in texts": (["0.5", "1", "NA", "1.5"], "regression", (), "float64"),
    "decimal commas": (["0,5", "1", "1,25"], "regression", (), "float64"),
    "placeholders among numbers": (["0.5", "-", "1.25", "2"], "regression", (), "float64"),
    "numbers and texts": (["1", "2", "many"], "multiclass", ("1", "2", "many"), "string"),
}


@pytest.mark.parametrize(("values", "task", "classes", "original"), TASKS.values(), ids=TASKS)
def test_the_task_follows_from_the_target(
    values: list[Any], task: str, classes: tuple[str, ...], original: str
) -> None:
    target = read_target(column_of(pa.array(values)), a_spec("example:adult"), "rows.csv")
    assert (target.task, target.classes, target.original_type) == (task, classes, original)


@pytest.mark.parametrize("positive", ["no", " NO "])
def test_the_positive_class_may_be_given(positive: str) -> None:
    spec = a_spec("example:adult", positiveClass=positive)
    target = read_target(column_of(pa.array(["no", "no", "yes"])), spec, "rows.csv")
    assert (target.classes, target.values.tolist(), target.positive_class) == (("yes", "no"), [1, 1, 0], "no")


def test_a_given_task_is_obeyed() -> None:
    spec = a_spec("example:adult", task="regression")
    assert read_target(column_of(pa.array([3, 1, 2] * 20)), spec, "rows.csv").task == "regression"


def test_rows_without_a_target_are_dropped_with_a_note(tmp_path: Path) -> None:
    table = a_table(100)
    table["y"] = np.where(np.arange(100) < 7, None, table["y"])
    run = prepare_table(table, tmp_path)
    assert run.plan.rows == len(run.prepared.features) == len(run.prepared.target) == 93
    assert run.warnings_with("MissingTarget")[0].message.startswith('7 of 100 rows have no value in the target "y"')


def test_an_infinite_target_of_a_regression_is_missing(tmp_path: Path) -> None:
    table = a_table(100)
    run = prepare_table({**table, "y": np.where(np.arange(100) < 3, np.inf, table["first"] * 2 + 1)}, tmp_path)
    assert (run.plan.task, run.plan.rows) == ("regression", 97)


def test_the_notation_of_the_target_is_noted_and_kept(tmp_path: Path) -> None:
    table = a_table(100)
    values = (np.asarray(table["first"]) * 10_000).round(2)
    written = [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in values]
    run = prepare_table({**table, "y": written}, tmp_path)
    assert run.warnings_with("Repaired")[0].message == (
        'the target "y" is read as numbers with decimal commas and "." between thousands'
    )
    np.testing.assert_array_equal(run.prepared.target, values)
    encoder = Encoder.from_state(json.loads(json.dumps(run.prepared.info.encoder)))
    np.testing.assert_array_equal(target_values("y", pa.array(["1.000", "2,5"]), encoder.target), [1000, 2.5])
    assert class_codes("y", ("0,5", "1,5"), pa.array(["1,5", "0,5"])).tolist() == [1, 0]


def test_a_target_with_ambiguous_commas_has_a_note(tmp_path: Path) -> None:
    run = prepare_table({**a_table(100), "y": [f"{n + 1},{n * 7 % 1000:03d}" for n in range(100)]}, tmp_path)
    assert any("may separate thousands or decimals" in said.message for said in run.warnings_with("Repaired"))


def test_rare_classes_and_imbalance_are_reported(tmp_path: Path) -> None:
    run = prepare_table({**a_table(1000), "y": ["a"] * 996 + ["b"] * 4}, tmp_path)
    assert run.warnings_with("RareClass")[0].message.startswith('class "b" has only 4 rows')
    assert run.warnings_with("Imbalance")[0].message == (
        'only 4 of 1,000 rows are "b"; scores will be uncertain; --metric average_precision looks at them more closely'
    )
