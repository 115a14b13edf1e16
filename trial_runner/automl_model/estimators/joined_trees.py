"""All trees of a boosting as one tree: few rows then need one call instead of thousands, which would dominate the time.

Nodes above the trees split on the number of the tree, which is in one more column; each row is repeated for every tree.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK_CELLS = 500_000
"""Repeated rows take no more than 4 MB, however many columns and trees there are."""


@dataclass(frozen=True)
class JoinedTrees:
    """nodes: scikit-learn's records of all trees, one tree after another; children are numbered within their tree.

    counts: the number of nodes of each tree. codes, known: see TreePredictor.predict; `known` has one item per column.
    """

    nodes: NDArray[Any]
    counts: NDArray[np.int64]
    codes: NDArray[np.uint32]
    known: NDArray[np.uint32]

    def predict(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Each tree's raw score for each row, shape (trees, rows), for a matrix of shape (rows, columns)."""
        trees, (rows, columns) = len(self.counts), matrix.shape
        step = max(1, _BLOCK_CELLS // max(1, rows * (columns + 1)))
        blocks = (np.arange(start, min(trees, start + step)) for start in range(0, trees, step))
        return np.concatenate([self._predict(matrix, block) for block in blocks])

    def _predict(self, matrix: NDArray[np.float64], trees: NDArray[np.int64]) -> NDArray[np.float64]:
        """The raw scores of some trees, given by their numbers."""
        rows, columns = matrix.shape
        numbered = np.empty((len(trees), rows, columns + 1))
        numbered[:, :, :columns] = matrix
        numbered[:, :, columns] = trees[:, None]
        flat = numbered.reshape(len(trees) * rows, columns + 1)
        scores = self._tree.predict(flat, self.codes, np.append(self.known, self.known.dtype.type(0)), 1)
        return np.asarray(scores).reshape(len(trees), rows)

    @cached_property
    def _tree(self) -> Any:
        from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

        depth = (len(self.counts) - 1).bit_length()
        roots = (1 << depth) - 1 + np.cumsum(self.counts) - self.counts
        own = self.nodes.copy()
        for child in ("left", "right"):
            own[child] += np.repeat(roots, self.counts).astype(own[child].dtype)
        return TreePredictor(
            np.concatenate([_routing(depth, roots, len(self.known), own.dtype), own]), None, self.codes
        )


def _routing(depth: int, roots: NDArray[np.int64], column: int, kind: np.dtype[Any]) -> NDArray[Any]:
    """Nodes that send a row to the root of the tree numbered in `column`: a full binary tree, level by level."""
    size = (1 << depth) - 1
    nodes = np.zeros(size, kind)
    nodes["feature_idx"] = column
    numbers = np.arange(size) + 1
    level = np.floor(np.log2(numbers)).astype(np.int64)
    below = 1 << (depth - level)  # how many trees the node leads to
    nodes["num_threshold"] = (numbers - (1 << level)) * below + below / 2 - 0.5
    for child, place in (("left", 2 * numbers - 1), ("right", 2 * numbers)):
        last = np.minimum(place - size, len(roots) - 1)  # no row goes beyond the last tree
        nodes[child] = np.where(place < size, place, roots[np.maximum(last, 0)])
    return nodes
