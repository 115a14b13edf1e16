"""A forest as the bare arrays of its trees: the mean of what each tree says.

skops could hold whole scikit-learn forests, but writes every tree's settings as JSON: half a second for fifty small
trees, on every fold and every load. The arrays are all that a prediction needs.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree._tree import Tree

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.matrix import blocks
from automl_model.features import Features

_ARRAYS = "forest.npz"


@dataclass(frozen=True)
class ForestModel:
    """classes: 1 for regression; seen: the class of each column of the trees' values.

    A class that no training row had gets the probability 0.
    """

    trees: tuple[Any, ...]
    classes: int
    seen: tuple[int, ...]
    kind: str = "forest"

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
        arrays = {name: np.concatenate([state[name] for state in states]) for name in ("nodes", "values")}
        counts = {name: np.array([state[name] for state in states]) for name in ("max_depth", "node_count")}
        write_arrays(directory / _ARRAYS, {**arrays, **counts})
        columns = int(self.trees[0].n_features)
        facts = {"kind": self.kind, "classes": self.classes, "seen": list(self.seen), "columns": columns}
        write_facts(directory / FACTS, facts)


def read(directory: Path) -> ForestModel:
    """Read a written model. Raises ValueError for arrays that this version of scikit-learn does not take."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    seen = tuple(int(code) for code in facts["seen"])
    ends = np.cumsum(arrays["node_count"])
    trees = []
    for end, count, depth in zip(ends, arrays["node_count"], arrays["max_depth"], strict=True):
        tree = Tree(int(facts["columns"]), np.array([len(seen)], np.intp), 1)
        own = slice(int(end - count), int(end))
        nodes, values = arrays["nodes"][own], np.ascontiguousarray(arrays["values"][own])
        tree.__setstate__({"max_depth": int(depth), "node_count": int(count), "nodes": nodes, "values": values})
        trees.append(tree)
    return ForestModel(tuple(trees), int(facts["classes"]), seen)
