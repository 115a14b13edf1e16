"""Boosted oblivious trees as bare arrays, applied in numpy: all nodes of a level have the same split.

CatBoost makes such trees. Its own format would need its library, which is large and crashes on damaged files. Here the
outcomes of a tree's splits are the bits of a leaf's number: a few array operations for each block of trees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import Array, array, inside, require, whole_number, whole_numbers
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.link import from_raw_of_seen
from automl_model.features import UNSEEN_CODE, Features, Layout

_ARRAYS = "trees.npz"
MOST_DEPTH = 8
"""The number of a leaf has a bit for each level, and is a byte."""
_TREES_A_BLOCK = 32
_BLOCK_CELLS = 2_000_000
_FEW_ROWS = 256
"""With more rows, adding the scores tree by tree is faster than looking up those of many trees at once."""


@dataclass(frozen=True)
class ObliviousTrees:
    """The distinct splits, first those of numbers, then those of categories; and the trees, which name splits.

    columns, borders: a number passes above the border; a missing one never does.
    code_columns: the column of each split of categories, counted among the categorical columns.
    sizes: the number of codes of each categorical column.
    members: the codes that pass, as bits: for each split of categories, as many bytes as its column's codes need.
    splits: shape (trees, depth); the number of all splits stands for a level that no row passes.
    leaves: the raw scores, shape (trees, 2 ** depth, outputs); the first level is the lowest bit of a leaf's number.
    """

    columns: NDArray[np.int32]
    borders: NDArray[np.float32]
    code_columns: NDArray[np.int32]
    sizes: NDArray[np.int32]
    members: NDArray[np.uint8]
    splits: NDArray[np.int32]
    leaves: NDArray[np.float64]

    @classmethod
    def of(cls, arrays: Mapping[str, Array], outputs: int) -> "ObliviousTrees":
        """The trees from arrays by field. Raises ValueError unless every index is valid."""
        columns, code_columns = (array(arrays, name, np.int32, None) for name in ("columns", "code_columns"))
        borders, sizes = array(arrays, "borders", np.float32, len(columns)), array(arrays, "sizes", np.int32, None)
        inside(code_columns, 0, len(sizes), "code_columns")
        inside(sizes, UNSEEN_CODE + 1, 2**31, "sizes")
        members = array(arrays, "members", np.uint8, int(_bytes_of(sizes[code_columns]).sum()))
        splits = array(arrays, "splits", np.int32, None, None)
        trees, depth = splits.shape
        require(trees > 0 and 1 <= depth <= MOST_DEPTH, "the trees have no levels or too many")
        inside(splits, 0, len(columns) + len(code_columns) + 1, "splits")
        leaves = array(arrays, "leaves", np.float64, trees, 2**depth, outputs)
        return cls(columns, borders, code_columns, sizes, members, splits, leaves)

    @cached_property
    def _passing(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
        """1 for each code that passes, by split of categories; where a split's codes begin, and how many they are."""
        sizes = self.sizes[self.code_columns]
        bits = 8 * _bytes_of(sizes)
        return np.unpackbits(self.members, bitorder="little"), (np.cumsum(bits) - bits)[:, None], sizes[:, None]

    def passed(self, features: Features) -> NDArray[np.uint8]:
        """1 where a row passes a split, shape (splits + 1, rows); no row passes the last one."""
        numbers = len(self.columns)
        found = np.zeros((numbers + len(self.code_columns) + 1, len(features)), np.uint8)
        found[:numbers] = features.numeric.T[self.columns] > self.borders[:, None]
        if len(self.code_columns):
            passing, begins, sizes = self._passing
            own = features.codes.T[self.code_columns]
            found[numbers:-1] = passing[begins + np.where(own < sizes, own, UNSEEN_CODE)]
        return found


@dataclass(frozen=True)
class ObliviousTreesModel:
    """Oblivious trees that predict. classes: 1 for regression. rounds: the first trees, which are used and written.

    columns: the number of numeric columns that it reads.
    seen: the classes with training rows; the others get probability 0.
    intercept: the raw score without trees, shape (outputs,): 1 for regression and two seen classes, else the classes.
    """

    trees: ObliviousTrees
    intercept: NDArray[np.float64]
    columns: int
    classes: int
    seen: tuple[int, ...]
    rounds: int
    kind: str = "oblivious_trees"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(self.columns == layout.numeric, f"the trees read {self.columns} numbers")
        require(tuple(self.trees.sizes) == layout.cardinalities, "the trees read other categories")
        require(self.classes == classes, f"the trees predict {self.classes} classes")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        predicted: NDArray[np.float64] = self.predict_at(features, (self.rounds,))[0]
        return predicted

    def trained_rounds(self) -> int:
        """See Staged."""
        return len(self.trees.splits)

    def predict_at(self, features: Features, rounds: tuple[int, ...]) -> NDArray[np.float64]:
        """See Staged; each stage continues from the raw scores of the one before."""
        raw = np.empty((len(rounds), len(features), len(self.intercept)))
        cells = len(self.trees.columns) + len(self.trees.code_columns) + 1 + _TREES_A_BLOCK * len(self.intercept)
        step = max(64, _BLOCK_CELLS // cells)
        for start in range(0, len(features), step):
            part = slice(start, start + step)
            passed = self.trees.passed(_rows(features, part))
            total, begun = np.zeros((passed.shape[1], len(self.intercept))) + self.intercept, 0
            trees = max(_TREES_A_BLOCK, _FEW_ROWS * _TREES_A_BLOCK // total.size)
            for stage, end in enumerate(rounds):
                for first in range(begun, end, trees):
                    total = self._add_scores(total, passed, first, min(first + trees, end))
                raw[stage, part], begun = total, end
        return np.stack([from_raw_of_seen(own, self.classes, self.seen) for own in raw])

    def _add_scores(
        self, total: NDArray[np.float64], passed: NDArray[np.uint8], first: int, end: int
    ) -> NDArray[np.float64]:
        """The total with some trees' raw scores, shape (rows, outputs). A row has the same bits, alone or among many:
        its scores are added in the order of the trees.
        """
        leaf = np.zeros((end - first, passed.shape[1]), np.uint8)
        for level, splits in enumerate(self.trees.splits[first:end].T):
            leaf |= passed[splits] << level
        if len(total) <= _FEW_ROWS:
            scores = self.trees.leaves[np.arange(first, end)[:, None], leaf]
            return np.asarray(np.cumsum(np.concatenate([total[None], scores]), axis=0)[-1])
        total = total.copy()
        for leaves, own in zip(self.trees.leaves[first:end], leaf, strict=True):
            total += leaves.take(own, axis=0)
        return total

    def write(self, directory: Path) -> None:
        """See Estimator."""
        used = {name: getattr(self.trees, name)[: self.rounds] for name in ("splits", "leaves")}
        write_arrays(directory / _ARRAYS, {**_fields(self.trees), **used, "intercept": self.intercept})
        facts = {"kind": self.kind, "columns": self.columns, "classes": self.classes, "seen": list(self.seen)}
        write_facts(directory / FACTS, facts)


def read(directory: Path) -> ObliviousTreesModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    columns = whole_number(facts, "columns", 0, 10**6)
    seen = whole_numbers(facts, "seen", classes)
    require(len(seen) >= min(classes, 2), "the trees have seen too few classes")
    intercept = array(arrays, "intercept", np.float64, len(seen) if len(seen) > 2 else 1)
    trees = ObliviousTrees.of(arrays, len(intercept))
    inside(trees.columns, 0, columns, "columns")
    return ObliviousTreesModel(trees, intercept, columns, classes, seen, len(trees.splits))


def _bytes_of(sizes: NDArray[np.int32]) -> NDArray[np.int64]:
    return (sizes.astype(np.int64) + 7) // 8


def _fields(trees: ObliviousTrees) -> dict[str, Array]:
    return {name: getattr(trees, name) for name in trees.__dataclass_fields__}


def _rows(features: Features, part: slice) -> Features:
    names = features.numeric_names, features.code_names
    return Features(features.numeric[part], features.codes[part], *names, features.cardinalities)
