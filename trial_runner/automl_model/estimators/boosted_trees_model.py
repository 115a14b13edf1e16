"""scikit-learn's histogram gradient boosting as bare arrays, applied by scikit-learn's own tree predictors.

Its estimators would need skops, half a second to load each fold, and the version of scikit-learn that wrote them. A
predictor is rebuilt from arrays in microseconds. The arrays are checked first, because predictors check no index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import Array, array, inside, places, require, whole_number, whole_numbers
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.joined_trees import JoinedTrees
from automl_model.estimators.link import from_raw_of_seen
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features, Layout

_ARRAYS = "trees.npz"
NUMERIC = -1
LEAF = 0
MOST_CODES = 256
_WORDS = MOST_CODES // 32
_FEW_ROWS = 64
"""With more rows, calling each tree is faster than one call of the joined trees, which are deeper."""


@dataclass(frozen=True)
class BoostedTrees:
    """The nodes of all trees, one tree after another; `counts` holds the number of nodes of each tree.

    left, right: a child's number in its tree; LEAF in a leaf, because the first node is never a child.
    values: the outputs of leaves. columns, thresholds: a number up to the threshold goes left.
    missing_left: 1 where a missing value goes left, too.
    sets: NUMERIC, or the row of `codes` with the codes that go left, as bits of uint32 words.
    known: NUMERIC for a column of numbers, else the row of `codes` with the codes of training; others are missing.
    """

    counts: NDArray[np.int64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    values: NDArray[np.float64]
    columns: NDArray[np.int32]
    thresholds: NDArray[np.float64]
    missing_left: NDArray[np.uint8]
    sets: NDArray[np.int32]
    codes: NDArray[np.uint32]
    known: NDArray[np.int32]

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> "BoostedTrees":
        """The trees from arrays by field. Raises ValueError unless indices are valid and every row ends in a leaf."""
        counts = array(arrays, "counts", np.int64, None)
        inside(counts, 1, 2**31, "counts")
        nodes = int(counts.sum())
        kinds = {"left": np.int32, "right": np.int32, "values": np.float64, "columns": np.int32,
                 "thresholds": np.float64, "missing_left": np.uint8, "sets": np.int32}  # fmt: skip
        own = {name: array(arrays, name, kind, nodes, finite=name != "thresholds") for name, kind in kinds.items()}
        codes = array(arrays, "codes", np.uint32, None, _WORDS)
        known = array(arrays, "known", np.int32, None)
        found = cls(counts, codes=codes, known=known, **own)
        found._check()
        return found

    def _check(self) -> None:
        inner = self.left != LEAF
        require((self.right == LEAF) == ~inner, "a node of a tree has one child only")
        first, end = (places(self.counts) + 1)[inner], np.repeat(self.counts, self.counts)[inner]
        for name in ("left", "right"):
            inside(getattr(self, name)[inner], first, end, name)
        inside(self.columns[inner], 0, len(self.known), "columns")
        inside(self.known, NUMERIC, len(self.codes), "known")
        inside(self.sets, NUMERIC, len(self.codes), "sets")
        coded = inner & (self.sets != NUMERIC)
        inside(self.known[self.columns[coded]], 0, len(self.codes), "known")


@dataclass(frozen=True)
class BoostedTreesModel:
    """Boosted trees that predict. classes: 1 for regression.

    seen: the classes with training rows; the others get probability 0.
    intercept: the raw score without trees, shape (outputs,): 1 for regression and two seen classes, else the classes.
    """

    trees: BoostedTrees
    intercept: NDArray[np.float64]
    classes: int
    seen: tuple[int, ...]
    kind: str = "boosted_trees"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(len(self.trees.known) == layout.columns, f"the trees read {len(self.trees.known)} columns")
        require(self.classes == classes, f"the trees predict {self.classes} classes")
        sizes = np.array([0] * layout.numeric + list(layout.cardinalities))
        coded = self.trees.known != NUMERIC
        require(sizes[coded] <= MOST_CODES, f"the trees cannot tell more than {MOST_CODES} codes apart")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        totals = np.zeros((len(features), len(self.intercept))) + self.intercept
        matrix = np.ascontiguousarray(as_matrix(features, "C"), np.float64)
        for scores in self.scores_by_round(matrix):
            totals += scores.T
        return from_raw_of_seen(totals, self.classes, self.seen)

    def scores_by_round(self, matrix: NDArray[np.float64]) -> Iterable[NDArray[np.float64]]:
        """The raw scores of each round's trees, shape (outputs, rows); both ways give the same bits."""
        outputs = len(self.intercept)
        if len(matrix) <= _FEW_ROWS:
            return self._joined.predict(matrix).reshape(len(self.trees.counts) // outputs, outputs, len(matrix))
        rounds = (self.predictors[start : start + outputs] for start in range(0, len(self.predictors), outputs))
        own = (self.trees.codes, self.known_rows, 1)
        return (np.stack([tree.predict(matrix, *own) for tree in trees]) for trees in rounds)

    @cached_property
    def known_rows(self) -> NDArray[np.uint32]:
        """For each column, the row of `codes` with its known codes, as the predictors need it."""
        return np.maximum(self.trees.known, 0).astype(np.uint32)

    @cached_property
    def predictors(self) -> tuple[Any, ...]:
        """scikit-learn's predictors, one for each tree."""
        from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

        nodes, ends = self._nodes, np.cumsum(self.trees.counts)
        return tuple(
            TreePredictor(nodes[end - count : end], None, self.trees.codes)
            for end, count in zip(ends, self.trees.counts, strict=True)
        )

    @cached_property
    def _joined(self) -> JoinedTrees:
        return JoinedTrees(self._nodes, self.trees.counts, self.trees.codes, self.known_rows)

    @cached_property
    def _nodes(self) -> NDArray[Any]:
        """The nodes of all trees as scikit-learn's records."""
        from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

        trees = self.trees
        nodes = np.zeros(len(trees.left), PREDICTOR_RECORD_DTYPE)
        nodes["value"], nodes["num_threshold"] = trees.values, trees.thresholds
        nodes["missing_go_to_left"] = trees.missing_left
        nodes["feature_idx"], nodes["left"], nodes["right"] = trees.columns, trees.left, trees.right
        nodes["is_leaf"], nodes["is_categorical"] = trees.left == LEAF, trees.sets != NUMERIC
        nodes["bitset_idx"] = np.maximum(trees.sets, 0)
        return nodes

    def write(self, directory: Path) -> None:
        """See Estimator."""
        write_arrays(directory / _ARRAYS, {**vars(self.trees), "intercept": self.intercept})
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "seen": list(self.seen)})


def read(directory: Path) -> BoostedTreesModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    seen = whole_numbers(facts, "seen", classes)
    intercept = array(arrays, "intercept", np.float64, len(seen) if len(seen) > 2 else 1)
    trees = BoostedTrees.of(arrays)
    require(
        len(seen) >= min(classes, 2) and len(trees.counts) % len(intercept) == 0, "the trees do not fit the classes"
    )
    return BoostedTreesModel(trees, intercept, classes, seen)
