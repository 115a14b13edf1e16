"""The rows that a view and a learner are trained on."""

from pathlib import Path
from typing import Any

import numpy as np

from automl_runner.learners.learner import TrainingSet
from automl_runner.training import PARTS_OF_TIME, rows_of
from builders.preparing import a_table, prepare_table


def some_training_rows(place: Path, **changes: Any) -> TrainingSet:
    """Every second row of a table with groups of ten rows and, backwards, days."""
    columns = a_table(400) | {"site": np.arange(400) // 10, "day": np.arange(400)[::-1]}
    prepared = prepare_table(columns, place, **changes).prepared
    return rows_of(prepared, np.arange(0, 400, 2), prepared.target)


def test_rows_without_groups_have_none(tmp_path: Path) -> None:
    assert some_training_rows(tmp_path).groups is None


def test_rows_of_a_group_are_known_by_its_number(tmp_path: Path) -> None:
    groups = some_training_rows(tmp_path, evaluation={"groupColumn": "site"}).groups
    assert groups is not None
    np.testing.assert_array_equal(np.diff(groups) != 0, np.arange(1, 200) % 5 == 0)


def test_ordered_rows_are_grouped_by_the_part_of_time_that_they_are_from(tmp_path: Path) -> None:
    groups = some_training_rows(tmp_path, evaluation={"timeColumn": "day"}).groups
    assert groups is not None
    np.testing.assert_array_equal(groups, np.repeat(np.arange(PARTS_OF_TIME)[::-1], 10))
