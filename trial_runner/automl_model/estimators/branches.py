"""Trees applied to many rows at once: QuickScorer (Lucchese et al. 2015) with a table lookup a column.

Following a tree from node to node waits for memory and guesses wrong at every branch. Here each tree keeps, for each
of its columns and each interval between thresholds, the set of leaves that a row there can still reach, as bits. A row
ends in the leftmost leaf that is in all of its columns' sets. Three times as fast as LightGBM's own prediction on one
core, and the same leaf always; leaf values are added tree by tree, so that sums do not depend on rows or threads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.trees import NO_NODE, NUMERIC, Trees

_WORD = 64
_ALL = np.uint64(2**64 - 1)
_ONE = np.uint64(1)
_GROUP_TREES = 128
_BLOCK_ROWS = 16_384
_FEW_ROWS = 64
Bits = NDArray[np.uint64]
Bins = dict[int, NDArray[np.intp]]
Nodes = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Tree and node of each."""


def add_trees(trees: Trees, matrix: NDArray[np.float32], chosen: range, totals: NDArray[np.float64]) -> None:
    """Add what the chosen trees say of each row to `totals`, shape (rows, outputs); tree `t` to output t % outputs.

    matrix: as `matrix.as_matrix` makes it, shape (rows, columns).
    """
    if len(matrix) <= _FEW_ROWS:
        return _follow(trees, matrix, chosen, totals)
    ordered, outputs = trees.ordered_values, totals.shape[1]
    blocks = [slice(start, start + _BLOCK_ROWS) for start in range(0, len(matrix), _BLOCK_ROWS)]
    bins = [_bins(trees, matrix[block]) for block in blocks]
    for start in range(chosen.start, chosen.stop, _GROUP_TREES):
        group = range(start, min(chosen.stop, start + _GROUP_TREES))
        tables = _tables(trees, group)
        for block, own in zip(blocks, bins, strict=True):
            for tree, lookups in zip(group, tables, strict=True):
                totals[block, tree % outputs] += ordered[tree][_leaves(lookups, own, len(totals[block]))]
    return None


def _follow(trees: Trees, matrix: NDArray[np.float32], chosen: range, totals: NDArray[np.float64]) -> None:
    """The same from node to node, all trees at once: for few rows the tables are not worth making."""
    for row, total in zip(matrix, totals, strict=True):
        tree = np.arange(chosen.start, chosen.stop)
        place = np.where(trees.columns[tree, 0] == NO_NODE, -1, 0) if trees.columns.shape[1] else np.full(len(tree), -1)
        while (inner := np.flatnonzero(place >= 0)).size:
            at = (tree[inner], place[inner])
            place[inner] = np.where(_goes_left(trees, at, row[trees.columns[at]]), trees.left[at], trees.right[at])
        for number, value in zip(tree, trees.values[tree, -1 - place], strict=True):
            total[number % len(total)] += value


def _goes_left(trees: Trees, nodes: Nodes, values: NDArray[np.float32]) -> NDArray[np.bool_]:
    below = np.where(np.isnan(values), trees.missing_left[nodes], values <= trees.thresholds[nodes])
    for place in np.flatnonzero(trees.categories[nodes] != NUMERIC):
        codes, code = trees.codes(int(trees.categories[nodes][place])), values[place]
        known = 0 <= code < len(codes)
        below[place] = codes[int(code)] if known else trees.missing_left[nodes][place]
    return below


@dataclass(frozen=True)
class _Lookup:
    """Of one tree and one word of its leaves: the leaves that can be reached from each bin of a column."""

    column: int
    reachable: Bits


def _bins(trees: Trees, matrix: NDArray[np.float32]) -> Bins:
    """For each column the interval between cuts, or the code, of each row; the last bin is for missing and unknown."""
    bins: Bins = {}
    for column, cuts in trees.cuts.items():
        values = matrix[:, column].astype(np.float64)
        bins[column] = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values))
    for column, levels in trees.levels.items():
        codes = matrix[:, column]
        known = (codes >= 0) & (codes < levels)
        bins[column] = np.where(known, codes, levels).astype(np.intp)
    return bins


def _leaves(words: list[list[_Lookup]], bins: Bins, rows: int) -> NDArray[np.intp]:
    """The number of each row's leaf, from left to right."""
    leaves = np.zeros(rows, np.intp)
    for number in range(len(words) - 1, -1, -1):
        reachable = np.full(rows, _ALL)
        for lookup in words[number]:
            reachable &= lookup.reachable.take(bins[lookup.column], mode="clip")
        lowest = np.bitwise_count(~reachable & (reachable - _ONE))
        leaves = np.where(reachable != 0, lowest + _WORD * number, leaves) if len(words) > 1 else lowest.astype(np.intp)
    return leaves


def _tables(trees: Trees, group: range) -> list[list[list[_Lookup]]]:
    """The lookups of each tree of a group, for each word of its leaves."""
    counts = (trees.columns[group.start : group.stop] != NO_NODE).sum(axis=1) + 1
    tables: list[list[list[_Lookup]]] = [[[] for _ in range(-(-int(count) // _WORD))] for count in counts]
    asked = np.unique(trees.columns[group.start : group.stop])
    for column in asked[asked != NO_NODE]:
        for word, tree, reachable in _column_tables(trees, group, int(column)):
            tables[tree][word].append(_Lookup(int(column), reachable))
    return tables


def _column_tables(trees: Trees, group: range, column: int) -> Iterator[tuple[int, int, Bits]]:
    """Word, place of the tree in the group, and leaves that can be reached from each bin of the column."""
    own, nodes = np.nonzero(trees.columns[group.start : group.stop] == column)
    first, end, _ = trees.spans
    begins, ends = first[own + group.start, nodes], end[own + group.start, nodes]
    for word in range(-(-int(ends.max()) // _WORD)):
        low, high = np.clip(begins - _WORD * word, 0, _WORD), np.clip(ends - _WORD * word, 0, _WORD)
        touched = np.flatnonzero(high > low)
        users, slots = np.unique(own[touched], return_inverse=True)
        without_left = ~_bits(low[touched], high[touched])
        at = (own[touched] + group.start, nodes[touched])
        kind = _coded if column in trees.levels else _numeric
        table = kind(trees, column, at, slots, without_left)
        yield from ((word, int(tree), table[slot]) for slot, tree in enumerate(users))


def _bits(low: NDArray[np.int64], high: NDArray[np.int64]) -> Bits:
    """Words with the bits from low to high set; high > low."""
    return (_ALL >> (_WORD - (high - low)).astype(np.uint64)) << low.astype(np.uint64)


def _numeric(trees: Trees, column: int, nodes: Nodes, slots: NDArray[np.intp], without_left: Bits) -> Bits:
    """A row right of a threshold cannot reach the leaves left of it, nor can rows further right."""
    cuts = trees.cuts[column]
    table = np.full((int(slots.max(initial=-1)) + 1, len(cuts) + 2), _ALL)
    np.bitwise_and.at(table, (slots, np.searchsorted(cuts, trees.thresholds[nodes]) + 1), without_left)
    np.bitwise_and.accumulate(table[:, :-1], axis=1, out=table[:, :-1])
    table[:, -1] = _ALL
    right = ~trees.missing_left[nodes]
    np.bitwise_and.at(table[:, -1], slots[right], without_left[right])
    return table


def _coded(trees: Trees, column: int, nodes: Nodes, slots: NDArray[np.intp], without_left: Bits) -> Bits:
    levels = trees.levels[column]
    table = np.full((int(slots.max(initial=-1)) + 1, levels + 1), _ALL)
    for slot, mask, category, others_left in zip(
        slots, without_left, trees.categories[nodes], trees.missing_left[nodes], strict=True
    ):
        inside = trees.codes(int(category))
        right = np.full(levels + 1, not others_left)
        right[: len(inside)] = ~inside
        table[slot, right] &= mask
    return table
