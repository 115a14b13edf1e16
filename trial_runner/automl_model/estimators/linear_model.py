"""A linear model with its preprocessing: it imputes, scales and clips numbers, and looks up categories in tables.

There are no one-hot columns: each category adds a row of its column's table of coefficients. Numbers that begin anew,
such as hours, also enter through sines and cosines.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import array, require, whole_number
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.scaling import NumericScaling, arrays_of_scaling, read_scaling, scale_numeric
from automl_model.estimators.waves import WAVES, arrays_of_cycles, read_cycles, waves_of
from automl_model.features import UNSEEN_CODE, Cycle, Features, Layout
from automl_model.softmax import softmax

_ARRAYS = "linear.npz"
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class LinearModel:
    """classes: 1 for regression; outputs: 1 for regression and two classes, else one for each class.

    weights: shape (numeric columns + flagged columns + waves of the cycles, outputs).
    tables: one for each categorical column, shape (codes, outputs).
    """

    classes: int
    scaling: NumericScaling
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    tables: tuple[NDArray[np.float64], ...]
    cycles: tuple[Cycle, ...] = ()
    kind: str = "linear"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(
            len(self.scaling.median) == layout.numeric, f"the linear model reads {len(self.scaling.median)} numbers"
        )
        require(len(self.tables) == len(layout.cardinalities), f"the linear model reads {len(self.tables)} categories")
        require(self.classes == classes, f"the linear model predicts {self.classes} classes")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        decision = self.decision(features)
        return decision[:, 0] if self.classes == 1 else probabilities_of(decision)

    def decision(self, features: Features) -> NDArray[np.float64]:
        """The sums of the weighted columns, shape (rows, outputs)."""
        decision = np.empty((len(features), len(self.intercept)))
        for start in range(0, len(features), _BLOCK_ROWS):
            part = slice(start, start + _BLOCK_ROWS)
            decision[part] = self._decision(features.numeric[part], features.codes[part])
        return decision

    def _decision(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float64]:
        decision = scaled_with_waves(self.scaling, self.cycles, numeric) @ self.weights + self.intercept
        for column, table in enumerate(self.tables):
            own = codes[:, column]
            decision += table[np.where(own < len(table), own, UNSEEN_CODE)]
        return decision

    def write(self, directory: Path) -> None:
        """See Estimator."""
        arrays = arrays_of_scaling(self.scaling) | arrays_of_cycles(self.cycles)
        arrays |= {f"table_{column}": table for column, table in enumerate(self.tables)}
        write_arrays(directory / _ARRAYS, arrays | {"weights": self.weights, "intercept": self.intercept})
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "tables": len(self.tables)})


def read(directory: Path) -> LinearModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    outputs = classes if classes > 2 else 1
    scaling = read_scaling(arrays)
    cycles = read_cycles(arrays, len(scaling.median))
    width = len(scaling.median) + len(scaling.flagged) + WAVES * len(cycles)
    weights = array(arrays, "weights", np.float64, width, outputs)
    tables = tuple(
        array(arrays, f"table_{column}", np.float64, None, outputs)
        for column in range(whole_number(facts, "tables", 0, 10**6))
    )
    require(
        all(len(table) > UNSEEN_CODE for table in tables), "a table of the linear model has no row for unseen levels"
    )
    return LinearModel(classes, scaling, weights, array(arrays, "intercept", np.float64, outputs), tables, cycles)


def scaled_with_waves(
    scaling: NumericScaling, cycles: tuple[Cycle, ...], numeric: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The columns of `scale_numeric`, then those of `waves_of`."""
    scaled = scale_numeric(scaling, numeric)
    return np.hstack([scaled, waves_of(cycles, numeric)]) if cycles else scaled


def probabilities_of(decision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities, shape (rows, classes), from sums with one column for two classes, else one for each class."""
    if decision.shape[1] == 1:
        decision = np.concatenate([np.zeros_like(decision), decision], axis=1)
    return softmax(decision)
