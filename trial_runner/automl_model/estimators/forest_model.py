"""A forest as the bare arrays of its trees, applied by scikit-learn's own trees; it predicts their mean.

skops could hold whole scikit-learn forests, but it writes every tree's settings as JSON: half a second for fifty small
trees, on every fold and every load. The arrays are all that a prediction needs. They are checked before they become
trees again, because trees check no index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import Array, array, inside, places, require, whole_number, whole_numbers
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.matrix import blocks
from automl_model.features import Features, Layout

_ARRAYS = "forest.npz"
_LEAF = -1
_KINDS = {
    "left_child": np.int32, "right_child": np.int32, "feature": np.int32, "threshold": np.float64,
    "missing_go_to_left": np.uint8,
}  # fmt: skip


@dataclass(frozen=True)
class ForestModel:
    """A forest that predicts. columns: the number that it reads. classes: 1 for regression.

    seen: the class of each column of the trees' values; a class without training rows gets probability 0.
    """

    trees: tuple[Any, ...]
    columns: int
    classes: int
    seen: tuple[int, ...]
    kind: str = "forest"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(self.columns == layout.columns, f"the forest reads {self.columns} columns")
        require(self.classes == classes, f"the forest predicts {self.classes} classes")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        means = np.empty((len(features), len(self.seen)))
        for part, matrix in blocks(features):
            means[part] = sum(tree.predict(matrix) for tree in self.trees) / len(self.trees)
        if self.classes == 1:
            return means[:, 0]
        probabilities = np.zeros((len(features), self.classes))
        probabilities[:, self.seen] = means / means.sum(axis=1, keepdims=True)
        return probabilities

    def write(self, directory: Path) -> None:
        """See Estimator."""
        states = [tree.__getstate__() for tree in self.trees]
        nodes = np.concatenate([state["nodes"] for state in states])
        arrays = {name: nodes[name].astype(kind) for name, kind in _KINDS.items()}
        arrays["values"] = np.concatenate([state["values"] for state in states])[:, 0]
        arrays["counts"] = np.array([state["node_count"] for state in states], np.int64)
        write_arrays(directory / _ARRAYS, arrays)
        facts = {"kind": self.kind, "classes": self.classes, "seen": list(self.seen), "columns": self.columns}
        write_facts(directory / FACTS, facts)


def read(directory: Path) -> ForestModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    columns = whole_number(facts, "columns", 1, 10**6)
    seen = whole_numbers(facts, "seen", classes)
    require(len(seen) > 0, "the forest has seen no class")
    counts = array(arrays, "counts", np.int64, None)
    inside(counts, 1, 2**31, "counts")
    require(len(counts) > 0, "the forest has no trees")
    nodes = {name: array(arrays, name, kind, int(counts.sum()), finite=False) for name, kind in _KINDS.items()}
    values = array(arrays, "values", np.float64, int(counts.sum()), len(seen))
    _check(nodes, counts, columns)
    return ForestModel(tuple(_trees(nodes, values, counts, columns)), columns, classes, seen)


def _check(nodes: Mapping[str, Array], counts: Array, columns: int) -> None:
    """Raise ValueError unless every row ends in a leaf: children must come after their parents, in the same tree."""
    inner = nodes["left_child"] != _LEAF
    require((nodes["right_child"] == _LEAF) == ~inner, "a node of a tree has one child only")
    first, end = (places(counts) + 1)[inner], np.repeat(counts, counts)[inner]
    for name in ("left_child", "right_child"):
        inside(nodes[name][inner], first, end, name)
    inside(nodes["feature"][inner], 0, columns, "feature")


def _trees(nodes: Mapping[str, Array], values: Array, counts: Array, columns: int) -> Iterable[Any]:
    from sklearn.tree._tree import NODE_DTYPE, Tree

    records = np.zeros(len(values), NODE_DTYPE)
    for name, column in nodes.items():
        records[name] = column
    for end, count in zip(np.cumsum(counts), counts, strict=True):
        tree = Tree(columns, np.array([values.shape[1]], np.intp), 1)
        own = slice(int(end - count), int(end))
        state = {"max_depth": 0, "node_count": int(count), "nodes": records[own]}
        tree.__setstate__({**state, "values": np.ascontiguousarray(values[own, None])})
        yield tree
