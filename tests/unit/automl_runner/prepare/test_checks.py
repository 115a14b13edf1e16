"""Leaks and duplicate rows are reported; ordinary columns are not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.preparing import a_table, prepare_table

ROWS = 600
RANDOM = np.random.default_rng(1)
TABLE = a_table(ROWS)
CHURNED = TABLE["y"] == "yes"
CLASS = np.arange(ROWS) % 3
VALUE = RANDOM.gamma(2.0, size=ROWS)

NOTHING: Any = None
LEAKS = {
    "a date of one class only": (np.where(CHURNED, "2024-05-05", NOTHING), TABLE["y"]),
    "the target in other words": (np.where(CHURNED, "gone", "here"), TABLE["y"]),
    "a number on either side": (np.where(CHURNED, 5, 1) + RANDOM.random(ROWS), TABLE["y"]),
    "missing for one class": (np.where(CHURNED, np.nan, RANDOM.random(ROWS)), TABLE["y"]),
    "three classes by another name": (np.array(["x", "y", "z"])[CLASS], np.array(["a", "b", "c"])[CLASS]),
    "a multiple of the target": (VALUE * 3 + 1, VALUE),
    "a bent target": (np.exp(VALUE), VALUE),
}


@pytest.mark.parametrize(("column", "target"), LEAKS.values(), ids=LEAKS)
def test_a_column_that_predicts_the_target_by_itself_is_a_leak(tmp_path: Path, column: Any, target: Any) -> None:
    run = prepare_table({**TABLE, "cancel_date": column, "y": target}, tmp_path)
    (said,) = run.warnings_with("Leak")
    assert said.column == "cancel_date"
    assert said.message.startswith(
        '"cancel_date" alone almost predicts the target; if it is a leak, leave it out with --ignore cancel_date'
    )


@pytest.mark.parametrize(
    "target",
    [TABLE["y"], np.array(["a", "b", "c"])[CLASS], TABLE["first"] + RANDOM.normal(size=ROWS) / 10],
    ids=["binary", "multiclass", "regression"],
)
def test_ordinary_columns_are_not_reported(tmp_path: Path, target: Any) -> None:
    assert not prepare_table({**TABLE, "y": target}, tmp_path).warnings_with("Leak")


def test_a_name_with_blanks_is_quoted_in_the_remedy(tmp_path: Path) -> None:
    run = prepare_table({**TABLE, "end of it": np.where(CHURNED, "gone", "here")}, tmp_path)
    assert "--ignore 'end of it'" in run.warnings_with("Leak")[0].message


def test_duplicate_rows_are_reported(tmp_path: Path) -> None:
    doubled = {name: np.concatenate([values[:100], values[:50]]) for name, values in TABLE.items()}
    assert (
        prepare_table(doubled, tmp_path).warnings_with("DuplicateRows")[0].message.startswith("50 of 150 rows repeat")
    )


def test_few_rows_are_reported(tmp_path: Path) -> None:
    assert prepare_table(a_table(40), tmp_path).warnings_with("FewRows")[0].message.startswith("there are only 40 rows")
