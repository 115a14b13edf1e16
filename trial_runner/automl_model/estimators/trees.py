"""Decision trees as arrays, whichever library grew them: what a prediction needs, and nothing of the library."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

NUMERIC = -1
NO_NODE = -1


@dataclass(frozen=True)
class Trees:
    """Trees of the same columns; arrays of shape (trees, most nodes of one) but for the last three.

    columns: the column that a node asks about; NO_NODE beyond a tree's last node.
    thresholds: a number goes left up to here. missing_left: whether a missing value or an unknown code goes left.
    categories: NUMERIC, or which set of codes goes left.
    left, right: the child node, always after its parent; a leaf as -1 - its number.
    values: what the leaves say, shape (trees, most leaves of one).
    words, starts: the sets of codes, as bits of uint32 words; set `s` is words[starts[s]:starts[s + 1]].
    """

    columns: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    categories: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    values: NDArray[np.float64]
    words: NDArray[np.uint32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.values)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name; `Trees(**arrays)` is the same again."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def joined(cls, trees: list[dict[str, NDArray[Any]]], words: list[NDArray[np.uint32]]) -> Self:
        """Trees from one mapping a tree, each array of its own length, and one array of words a set of codes."""
        fills = {"columns": NO_NODE, "categories": NUMERIC, "thresholds": 0.0, "missing_left": False, "values": 0.0}
        kinds = {"columns": np.int32, "categories": np.int32, "thresholds": np.float64, "missing_left": np.bool_}
        whole: dict[str, Any] = {}
        for name in ("columns", "thresholds", "missing_left", "categories", "left", "right", "values"):
            width = max((len(tree[name]) for tree in trees), default=0)
            kind = kinds.get(name, np.float64 if name == "values" else np.int32)
            whole[name] = np.full((len(trees), width), fills.get(name, NO_NODE), kind)
            for row, tree in zip(whole[name], trees, strict=True):
                row[: len(tree[name])] = tree[name]
        starts = np.cumsum([0, *(len(own) for own in words)], dtype=np.int64)
        return cls(**whole, words=np.concatenate([np.empty(0, np.uint32), *words]), starts=starts)

    def codes(self, category: int) -> NDArray[np.bool_]:
        """Whether each code, from 0 on, is in a set; shape (32 * words of the set,)."""
        words = np.ascontiguousarray(self.words[self.starts[category] : self.starts[category + 1]], "<u4")
        return np.unpackbits(words.view(np.uint8), bitorder="little").astype(bool)

    @cached_property
    def cuts(self) -> dict[int, NDArray[np.float64]]:
        """The distinct thresholds of each column that is asked about as a number, ascending."""
        numeric = (self.columns != NO_NODE) & (self.categories == NUMERIC)
        columns, thresholds = self.columns[numeric], self.thresholds[numeric]
        return {int(column): np.unique(thresholds[columns == column]) for column in np.unique(columns)}

    @cached_property
    def levels(self) -> dict[int, int]:
        """For each column that is asked about as a category, how many codes its sets tell apart."""
        coded = self.categories != NUMERIC
        columns, sizes = self.columns[coded], np.diff(self.starts)[self.categories[coded]] * 32
        return {int(column): int(sizes[columns == column].max()) for column in np.unique(columns)}

    @cached_property
    def spans(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Leaves numbered from left to right: first and end of each node's left subtree, and each leaf's place.

        Shapes (trees, nodes), (trees, nodes), (trees, leaves).
        """
        trees, width = self.columns.shape
        rows = np.arange(trees)
        sizes = np.ones((trees, width + 1), np.int64)
        for node in range(width - 1, -1, -1):
            counts = [np.where(side[:, node] < 0, 1, sizes[rows, side[:, node]]) for side in (self.left, self.right)]
            sizes[:, node] = counts[0] + counts[1]
        first = np.zeros((trees, width), np.int64)
        end = np.zeros((trees, width), np.int64)
        places = np.zeros(self.values.shape, np.int64)
        for node in range(width):
            there = self.columns[:, node] != NO_NODE
            left = self.left[:, node]
            end[:, node] = first[:, node] + np.where(left < 0, 1, sizes[rows, left])
            for side, begin in ((left, first[:, node]), (self.right[:, node], end[:, node])):
                leaf, inner = there & (side < 0), there & (side >= 0)
                places[rows[leaf], -1 - side[leaf]] = begin[leaf]
                first[rows[inner], side[inner]] = begin[inner]
        return first, end, places

    @cached_property
    def ordered_values(self) -> NDArray[np.float64]:
        """`values` with each tree's leaves from left to right."""
        places = self.spans[2]
        ordered = np.zeros_like(self.values)
        real = np.arange(self.values.shape[1]) <= (self.columns != NO_NODE).sum(axis=1)[:, None]
        trees, leaves = np.nonzero(real)
        ordered[trees, places[trees, leaves]] = self.values[trees, leaves]
        return ordered
