"""Decides the number of folds: as many as the rows allow and the budget can pay for."""

from collections.abc import Callable, Sequence

import numpy as np

from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.folds import Rows, assign, scorable
from automl_runner.prepare.notes import note
from automl_runner.prepared import DataNote, FoldAssignment

_CHOICES = (8, 5, 1)
"""With two to four folds, models see too few rows. They must be trained again on all, which costs as much as five."""
_SHARE_COMPLETED = 1 / 2
_FEW_LEARNERS = 2
_FEW_ROWS = 80
_MOST_FOLDS_OF_FEW_ROWS = 5
_MANY_ROWS = 1_000_000
_HOLDOUT_ROWS = 5_000
_HOLDOUT_SHARE = 0.02
_NEXT_TO_NOTHING = 0.001
_ONE_CLASS = "more would leave folds with a single class or without rows; give more rows, groups or times"


def holdout_rows(asked: str, rows: int) -> int:
    """The number of rows to hold out: with `auto` 5,000 if they are under 2 % of the data, else none."""
    if asked == "auto":
        return _HOLDOUT_ROWS if rows * _HOLDOUT_SHARE > _HOLDOUT_ROWS else 0
    return 0 if asked == "none" else max(1, round(rows * int(asked.rstrip("%")) / 100))


def affordable(cost: Callable[[int], float], seconds: float, rows: int) -> int:
    """The most folds at which the defaults of all learners, `cost(folds)` core seconds, fit into the time given."""
    if rows > _MANY_ROWS:
        return 1
    most = _MOST_FOLDS_OF_FEW_ROWS if rows < _FEW_ROWS else max(_CHOICES)
    return next((count for count in _CHOICES if count <= most and cost(count) <= seconds), 1)


def cost_of_defaults(folds: int, seconds: Sequence[float], *, judged: bool) -> float:
    """The core seconds of the defaults' trials; `seconds` of one fold of each. `judged`: trials may be stopped early.

    The search is breadth first. One fold of each default is trained, and about half of the others where trials are
    judged. One or two are not judged, because there is too little to compare them with.
    """
    completed = _SHARE_COMPLETED if judged and len(seconds) > _FEW_LEARNERS else 1.0
    return (1 + (folds - 1) * completed) * sum(seconds)


def lay_folds(
    rows: Rows, wanted: int, holdout: int, generator: np.random.Generator, classes: tuple[str, ...] = ()
) -> tuple[FoldAssignment, int, list[DataNote]]:
    """The assignment, its number of folds, and a warning if they are fewer than wanted. `classes`: names of codes.

    Raises WorkFailed where there are no validation rows on which a model can be scored.
    """
    most, why = _most(rows, classes)
    for count in range(min(wanted, most), 0, -1):
        assignment = assign(rows, count, holdout, generator)
        if scorable(rows, assignment, count):
            return assignment, count, _fewer(wanted, count, why if count == most else _ONE_CLASS)
    raise data_invalid(_why_none(rows))


def _why_none(rows: Rows) -> str:
    """The reason why no rows can be kept for validation, and the remedy."""
    for column, values, same, more in (
        ("groupColumn", rows.groups, "are of one group", "groups"),
        ("timeColumn", rows.times, "have the same time", "times"),
    ):
        if values is not None and (values == values[0]).all():
            return f"all rows {same}; give rows of two {more} or more, or leave evaluation.{column} out"
    classes = " so that they and the others hold two classes or more" if rows.classification else ""
    columns = {"groupColumn": rows.groups, "timeColumn": rows.times}
    other = "".join(f", or another evaluation.{column}" for column, values in columns.items() if values is not None)
    return f"no rows can be kept for validation{classes}; give more rows{other}"


def _most(rows: Rows, classes: tuple[str, ...]) -> tuple[int, str]:
    """The most folds that the rows allow, and the reason: a fold needs two rows, and a group or a row of each class."""
    limits = [(len(rows) // 2, f"there are {len(rows)} rows; give more")]
    if rows.groups is not None:
        groups = len(np.unique(rows.groups))
        limits.append((groups, f"there are {groups} groups; give rows of more groups"))
    elif rows.classification and rows.times is None:
        limits += _rarest(rows, classes)
    most, why = min(limits)
    return max(1, most), why


def _rarest(rows: Rows, classes: tuple[str, ...]) -> list[tuple[int, str]]:
    """The limit of the rarest class, because every fold needs a row of it. A class with a single row trains only.

    With three classes or more, a tiny class sets no limit: few folds would cost the others half of their training rows.
    Its rows then lie in as many folds as it has rows. With two classes, a score needs both.
    """
    codes, counts = np.unique(rows.strata, return_counts=True)
    bounding = counts > 1
    if len(codes) > 2:
        bounding &= counts >= _NEXT_TO_NOTHING * len(rows)
    if not bounding.any():
        return []
    count, code = min(zip(counts[bounding].tolist(), codes[bounding].tolist(), strict=True))
    name = f' ("{classes[int(code)][:80]}")' if classes else ""
    return [(count, f"the rarest class{name} has {count} rows; give more rows of it, or join it with another class")]


def _fewer(wanted: int, count: int, why: str) -> list[DataNote]:
    if count == wanted:
        return []
    folds = f"{count} folds" if count > 1 else "a single validation split"
    return [note("Repaired", f"{folds} instead of {wanted}, because {why}")]
