"""Finds columns that alone nearly predict the target: most of them are known only after the fact.

Each column gets a shallow model of its own. It puts rows into bins by quantiles or codes, with one bin for missing
values, because a gap can tell as much as a value. Each half of the rows predicts the other half by the bins. Regression
also tries a straight line, because bins follow it only in steps.
"""

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import Task
from automl_runner.prepare.encode import EncodedColumn, EncodedTable
from automl_runner.prepare.notes import leave_out, note, short
from automl_runner.prepared import DataNote

_FEWEST_ROWS = 50
_MOST_CELLS = 4_000_000
_SAMPLE = (2_000, 20_000)
_NUMERIC_BINS = 64
_FEWEST_OF_A_CLASS = 50
_LEAK = {"binary": 0.995, "multiclass": 0.99, "regression": 0.999}
"""The limits: AUC; the share of a constant's errors that is gone; R2."""


def leak_warnings(
    table: EncodedTable, target: NDArray[np.float64] | NDArray[np.int32], task: Task, generator: np.random.Generator
) -> list[DataNote]:
    """A warning for each column that looks like a leak."""
    if len(target) < _FEWEST_ROWS:
        return []
    most = int(np.clip(_MOST_CELLS // max(1, len(table.columns)), *_SAMPLE))
    rows = _drawn(target, task, most, generator)
    sample = _Sample(rows, target[rows], task)
    suspects = [column.encoder.name for column in table.columns if column.arrays and sample.leaks_from(column)]
    return [
        note("Leak", f"{short(name)} alone almost predicts the target; if it is a leak, {leave_out(name)}", name)
        for name in suspects
    ]


def _drawn(
    target: NDArray[np.float64] | NDArray[np.int32], task: Task, most: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Rows in random order. Of two classes both halves have some rows of the rarer one, as far as there are any."""
    order = generator.permutation(len(target))
    if task != "binary":
        return order[:most]
    rare = target[order] == np.bincount(target.astype(np.int64), minlength=2).argmin()
    others = order[most:][rare[most:]][: max(0, _FEWEST_OF_A_CLASS - int(rare[:most].sum()))]
    return np.concatenate([others[::2], order[:most], others[1::2]])


class _Sample:
    """Some rows in random order, in two halves, and their target."""

    def __init__(self, rows: NDArray[np.int64], target: NDArray[np.float64] | NDArray[np.int32], task: Task) -> None:
        self.rows, self.task = rows, task
        self.target = target.astype(np.float64) if task == "regression" else target.astype(np.int64)
        self.halves = (slice(None, len(rows) // 2), slice(len(rows) // 2, None))
        self.classes = {"regression": 0, "binary": 2}.get(task, int(target.max()) + 1)

    def leaks_from(self, column: EncodedColumn) -> bool:
        """True when a column alone nearly predicts the target, in both directions. A date is judged by its first array.

        The second direction is tried only if the first one succeeds, which is rare.
        """
        limit, (one, other) = _LEAK[self.task], self.halves
        values = column.arrays[0][self.rows]
        bins = values.astype(np.int64) if column.categorical else _bins(values)
        count = int(bins.max()) + 1
        if all(self._score(bins, count, known, asked) > limit for known, asked in ((one, other), (other, one))):
            return True
        if self.task != "regression" or column.categorical:
            return False
        return _straightness(values.astype(np.float64), np.asarray(self.target, np.float64)) > limit

    def _score(self, bins: NDArray[np.int64], count: int, known: slice, asked: slice) -> float:
        if self.task == "regression":
            return _r2(bins, np.asarray(self.target, np.float64), count, known, asked)
        cells = bins * self.classes + self.target.astype(np.int64)
        shape = (count, self.classes)
        before = np.bincount(cells[known], minlength=count * self.classes).reshape(shape)
        after = np.bincount(cells[asked], minlength=count * self.classes).reshape(shape)
        return _auc(before, after) if self.task == "binary" else _errors_gone(before, after)


def _bins(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Each row's bin: 0 for missing, then bins of about the same number of rows."""
    missing = np.isnan(values)
    present = np.sort(values[~missing])
    if not present.size:
        return np.zeros(len(values), np.int64)
    most = min(max(len(values) // 20, 2), _NUMERIC_BINS)
    edges = present[np.arange(1, most) * (len(present) - 1) // most]
    edges = edges[np.append(True, edges[1:] != edges[:-1])]
    return np.where(missing, 0, np.searchsorted(edges, values, side="left") + 1).astype(np.int64)


def _auc(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """AUC of the positive share in known rows as a score of the asked rows, from counts by bin."""
    share = (before[:, 1] + 0.5 * before[:, 1].sum() / max(1, before.sum())) / (before.sum(axis=1) + 0.5)
    order = np.argsort(share, kind="stable")
    ranked = after[order]
    starts = np.flatnonzero(np.append(True, np.diff(share[order]) > 0))
    negative, positive = np.add.reduceat(ranked, starts, axis=0).T
    pairs = float(negative.sum()) * float(positive.sum())
    if pairs == 0:
        return 0.0
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)


def _errors_gone(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    """The share of errors that is gone, compared with always predicting the most frequent class."""
    constant = int(after[:, before.sum(axis=0).argmax()].sum())
    right = int(after[np.arange(len(after)), before.argmax(axis=1)].sum())
    rows = int(after.sum())
    return (right - constant) / (rows - constant) if rows > constant else 0.0


def _r2(bins: NDArray[np.int64], target: NDArray[np.float64], count: int, known: slice, asked: slice) -> float:
    mean = target[known].mean()
    sums = np.bincount(bins[known], target[known] - mean, minlength=count)
    rows = np.bincount(bins[known], minlength=count)
    predicted = mean + (sums / np.maximum(rows, 1))[bins[asked]]
    spread = float(((target[asked] - target[asked].mean()) ** 2).sum())
    return 1 - float(((target[asked] - predicted) ** 2).sum()) / spread if spread else 0.0


def _straightness(values: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    """The squared correlation of values and target, or of their ranks; 0 where values are missing."""
    if np.isnan(values).any() or values.std() == 0 or target.std() == 0:
        return 0.0
    ranks = np.corrcoef(values.argsort().argsort(), target.argsort().argsort())[0, 1]
    return float(max(np.corrcoef(values, target)[0, 1] ** 2, ranks**2))
