"""How many folds: as many as the rows carry and the budget can pay for."""

from collections.abc import Callable

import numpy as np

from automl_api.resources.plan import DataWarning
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.folds import Rows, assign, scorable
from automl_runner.prepare.notes import note
from automl_runner.prepared import Assignment

_CHOICES = (8, 5, 4, 3, 2, 1)
_FEW_ROWS = 80
_MOST_FOLDS_OF_FEW_ROWS = 5
_MANY_ROWS = 1_000_000
_HOLDOUT_ROWS = 5_000
_HOLDOUT_SHARE = 0.02


def holdout_rows(asked: str, rows: int) -> int:
    """Rows to keep apart: by `auto` 5,000, where they are under 2 % of the data."""
    if asked == "auto":
        return _HOLDOUT_ROWS if rows * _HOLDOUT_SHARE > _HOLDOUT_ROWS else 0
    return 0 if asked == "none" else max(1, round(rows * int(asked.rstrip("%")) / 100))


def affordable(cost: Callable[[int], float], seconds: float, rows: int) -> int:
    """The most folds at which the defaults of all learners, `cost(folds)` core seconds, fit into the time given."""
    if rows > _MANY_ROWS:
        return 1
    most = _MOST_FOLDS_OF_FEW_ROWS if rows < _FEW_ROWS else max(_CHOICES)
    return next((count for count in _CHOICES if count <= most and cost(count) <= seconds), 1)


def lay_folds(
    rows: Rows, wanted: int, holdout: int, generator: np.random.Generator
) -> tuple[Assignment, int, list[DataWarning]]:
    """The assignment, its number of folds, and a warning where they are fewer than wanted.

    Raises WorkFailed where no validation rows can be found that a model can be scored on.
    """
    most = _most(rows)
    for count in range(min(wanted, most), 0, -1):
        assignment = assign(rows, count, holdout, generator)
        if scorable(rows, assignment, count):
            return assignment, count, _fewer(wanted, count)
    raise data_invalid(
        "no rows can be kept for validation that hold two classes or more;"
        " give more rows, or another evaluation.groupColumn or timeColumn"
    )


def _most(rows: Rows) -> int:
    """The most folds that the rows carry: two rows a fold, a row of each class, a group; single rows train only."""
    most = len(rows) // 2
    if rows.groups is not None:
        most = min(most, len(np.unique(rows.groups)))
    elif rows.classification and rows.times is None:
        _, counts = np.unique(rows.strata, return_counts=True)
        most = min(most, int(counts[counts > 1].min(initial=most)))
    return max(1, most)


def _fewer(wanted: int, count: int) -> list[DataWarning]:
    if count == wanted:
        return []
    words = f"{count} folds" if count > 1 else "a single validation split"
    message = f"{words} instead of {wanted}, because the rarest class, the groups or the rows carry no more"
    return [note("Repaired", message)]
