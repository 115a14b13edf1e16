"""Assigns rows to folds, stratified, by groups or by time, and to the holdout, which no fold uses.

`automl_runner.prepared`, from which fits read an assignment, defines its values.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_runner.prepared import HOLDOUT, TRAINS, FoldAssignment, FoldKind, train_rows


@dataclass(frozen=True)
class Rows:
    """The rows to divide. `strata`: class codes or values of the target; groups, times and weights where given."""

    strata: NDArray[np.float64] | NDArray[np.int32]
    classification: bool
    groups: NDArray[np.int64] | None = None
    times: NDArray[np.float64] | None = None
    weights: NDArray[np.float32] | None = None

    @property
    def units(self) -> NDArray[np.int64] | None:
        """For each row, its group or its place in the order of time; None where every row is independent."""
        if self.times is not None:
            return np.unique(self.times, return_inverse=True)[1].astype(np.int64)
        return self.groups

    def __len__(self) -> int:
        return len(self.strata)

    def kind(self, count: int) -> FoldKind:
        """The kind of folds that these rows make."""
        if self.times is not None:
            return "time"
        if self.groups is not None:
            return "group"
        return "kfold" if count > 1 else "split"


def assign(rows: Rows, count: int, holdout_rows: int, generator: np.random.Generator) -> FoldAssignment:
    """Lay `count` folds, after holding out about `holdout_rows` rows. Groups and equal times are never split."""
    assignment = np.full(len(rows), TRAINS, np.int16)
    kept = np.arange(len(rows))
    if holdout_rows:
        away = _part(rows, kept, holdout_rows, generator)
        assignment[away] = HOLDOUT
        kept = np.flatnonzero(assignment != HOLDOUT)
    if count == 1:
        assignment[_part(rows, kept, split_rows(len(kept)), generator)] = 0
    elif rows.times is not None:
        assignment[kept] = _by_time(rows.times[kept], count)
    elif rows.groups is not None:
        assignment[kept] = _by_group(rows, kept, count, generator)
    else:
        assignment[kept] = _stratified(rows, kept, count, generator)
    return assignment


def split_rows(rows: int) -> int:
    """The size of a single validation split: a tenth to a fifth of few rows, 10,000 or 1 % of many."""
    if rows < 5_000:
        return max(1, round(rows * float(np.clip(500 / rows, 0.1, 0.2))))
    return max(min(rows // 10, 10_000), rows // 100)


def scorable(rows: Rows, assignment: FoldAssignment, count: int) -> bool:
    """True when every fold has rows to train and to validate on, with two classes or more for a classification."""

    def enough(strata: NDArray[np.float64] | NDArray[np.int32]) -> bool:
        return len(strata) > 0 and not (rows.classification and bool((strata == strata[0]).all()))

    kind = rows.kind(count)
    return all(
        enough(rows.strata[assignment == fold]) and enough(rows.strata[train_rows(assignment, kind, fold)])
        for fold in range(count)
    )


def _part(rows: Rows, kept: NDArray[np.int64], size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """About `size` of the kept rows: the latest ones, or whole groups, or rows drawn evenly over the strata.

    It is never all of them: if all times are equal, it is empty.
    """
    if rows.times is not None:
        times = rows.times[kept]
        first = np.sort(times)[-size]
        latest = times >= first
        return np.compress(times > first if latest.all() else latest, kept)
    if rows.groups is not None:
        parts = max(2, round(len(kept) / size))
        return np.compress(_by_group(rows, kept, parts, generator) == 0, kept)
    return draw(rows, kept, size, generator, of_class=2)


def draw(
    rows: Rows, kept: NDArray[np.int64], size: int, generator: np.random.Generator, of_class: int
) -> NDArray[np.int64]:
    """About `size` of the kept rows, drawn evenly over the strata, with a row of each class that has `of_class` rows."""
    order = kept[np.lexsort((generator.random(len(kept)), rows.strata[kept]))]
    places = ((np.arange(size) + generator.random()) * (len(kept) / size)).astype(np.int64)
    chosen = order[np.minimum(places, len(order) - 1)]
    return np.union1d(chosen, _one_of_each(rows, kept, chosen, of_class)) if rows.classification else chosen


def _one_of_each(rows: Rows, kept: NDArray[np.int64], chosen: NDArray[np.int64], of_class: int) -> NDArray[np.int64]:
    """One row of each class that has `of_class` rows or more, but no row among the chosen."""
    classes, first, counts = np.unique(rows.strata[kept], return_index=True, return_counts=True)
    absent = (counts >= of_class) & ~np.isin(classes, rows.strata[chosen])
    return kept[first[absent]]


def _stratified(rows: Rows, kept: NDArray[np.int64], count: int, generator: np.random.Generator) -> FoldAssignment:
    """Deal out rows in the order of the strata, so that each fold gets its share; values in blocks of `count`."""
    strata, folds = rows.strata[kept], np.full(len(kept), TRAINS, np.int16)
    order = np.lexsort((generator.random(len(kept)), strata))
    classes = np.zeros(len(kept), np.int64)
    if rows.classification:
        _, places, counts = np.unique(strata, return_inverse=True, return_counts=True)
        order = order[counts[places[order]] > 1]
        classes = places[order]
    if rows.weights is not None:
        folds[order] = _dealt_by_weight(rows.weights[kept][order], classes, count)
    elif rows.classification:
        folds[order] = np.arange(len(order)) % count
    else:
        order = order[np.lexsort((generator.random(len(order)), np.arange(len(order)) // count))]
        folds[order] = np.arange(len(order)) % count
    return folds


def _dealt_by_weight(weights: NDArray[np.float32], classes: NDArray[np.int64], count: int) -> FoldAssignment:
    """Deal out blocks of at most `count` rows of a class, the heaviest row to the fold with the least weight so far."""
    starts = np.flatnonzero(np.append(True, classes[1:] != classes[:-1]))
    ends = np.append(starts[1:], len(classes))
    folds, loads = np.empty(len(weights), np.int16), np.zeros(count)
    for first, end in zip(starts, ends, strict=True):
        for start in range(first, end, count):
            block = np.arange(start, min(start + count, end))
            block = block[np.argsort(-weights[block], kind="stable")]
            lightest = np.argsort(loads, kind="stable")[: len(block)]
            folds[block] = lightest
            loads[lightest] += weights[block]
    return folds


def _by_group(rows: Rows, kept: NDArray[np.int64], count: int, generator: np.random.Generator) -> FoldAssignment:
    """Deal out whole groups, largest first, to the fold with the fewest rows of their rarest class, then in all."""
    assert rows.groups is not None
    _, members, sizes = np.unique(rows.groups[kept], return_inverse=True, return_counts=True)
    labels = _group_labels(rows, kept, members, len(sizes))
    loads = np.zeros((int(labels.max(initial=0)) + 1, count))
    totals = np.zeros(count)
    folds = np.empty(len(sizes), np.int16)
    for group in np.lexsort((generator.random(len(sizes)), -sizes)):
        label = labels[group]
        fold = int(np.lexsort((totals, loads[label]))[0])
        folds[group] = fold
        loads[label, fold] += sizes[group]
        totals[fold] += sizes[group]
    return folds[members]


def _group_labels(rows: Rows, kept: NDArray[np.int64], members: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """The rarest class in each group; 0 for regression."""
    labels = np.zeros(groups, np.int64)
    if rows.classification:
        _, codes, counts = np.unique(rows.strata[kept], return_inverse=True, return_counts=True)
        commonest_first = np.argsort(-counts[codes], kind="stable")
        labels[members[commonest_first]] = codes[commonest_first]
    return labels


def _by_time(times: NDArray[np.float64], count: int) -> FoldAssignment:
    """Blocks of about equal size in the order of time: the first trains only, each other one is a fold."""
    ordered = np.sort(times)
    places = (np.arange(1, count + 1) * len(ordered)) // (count + 1)
    fold = np.searchsorted(ordered[places], times, side="right") - 1
    return np.where(fold < 0, TRAINS, fold).astype(np.int16)
