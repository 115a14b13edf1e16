"""Boosted trees as bare arrays: what is kept of scikit-learn's histogram gradient boosting.

Its own objects would need skops, half a second a fold to load, and the version of scikit-learn that wrote them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.estimators.branches import add_trees
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.link import from_raw
from automl_model.estimators.matrix import as_matrix
from automl_model.estimators.trees import Trees
from automl_model.features import Features

_ARRAYS = "trees.npz"
_INTERCEPT = "intercept"


@dataclass(frozen=True)
class BoostedTreesModel:
    """classes: 1 for regression; seen: the classes that had training rows; the others get the probability 0.

    intercept: the raw score without any tree, shape (outputs,): 1 for regression and two classes seen, else one a class.
    """

    trees: Trees
    intercept: NDArray[np.float64]
    classes: int
    seen: tuple[int, ...]
    kind: str = "boosted_trees"

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        totals = np.zeros((len(features), len(self.intercept))) + self.intercept
        add_trees(self.trees, as_matrix(features), range(len(self.trees)), totals)
        if self.classes == 1:
            return from_raw(totals, 1)
        probabilities = np.zeros((len(features), self.classes))
        probabilities[:, self.seen] = from_raw(totals, len(self.seen))
        return probabilities

    def write(self, directory: Path) -> None:
        """See Estimator."""
        write_arrays(directory / _ARRAYS, {**self.trees.arrays(), _INTERCEPT: self.intercept})
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "seen": list(self.seen)})


def read(directory: Path) -> BoostedTreesModel:
    """Read a written model."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    intercept = arrays.pop(_INTERCEPT)
    seen = tuple(int(code) for code in facts["seen"])
    return BoostedTreesModel(Trees(**arrays), intercept, int(facts["classes"]), seen)
