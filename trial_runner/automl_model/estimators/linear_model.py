"""A linear model with its preprocessing: it imputes, scales and clips numbers, and looks up categories in tables.

There are no one-hot columns: each category adds a row of its column's table of coefficients.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import Array, array, inside, require, whole_number
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.features import UNSEEN_CODE, Features, Layout

_ARRAYS = "linear.npz"
BOUND = 5.0
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class NumericScaling:
    """The scaling of each numeric column to about unit scale; see `scale_numeric`.

    median, center, scale: shape (columns,). flagged: the columns with an indicator of missing values.
    bent: the columns that are mapped through their quantiles. knots, heights: shape (len(bent), knots).
    """

    median: NDArray[np.float64]
    center: NDArray[np.float64]
    scale: NDArray[np.float64]
    flagged: NDArray[np.int64]
    bent: NDArray[np.int64]
    knots: NDArray[np.float64]
    heights: NDArray[np.float64]


@dataclass(frozen=True)
class LinearModel:
    """classes: 1 for regression; outputs: 1 for regression and two classes, else one for each class.

    weights: shape (numeric columns + flagged columns, outputs).
    tables: one for each categorical column, shape (codes, outputs).
    """

    classes: int
    scaling: NumericScaling
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    tables: tuple[NDArray[np.float64], ...]
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
        decision = np.empty((len(features), len(self.intercept)))
        for start in range(0, len(features), _BLOCK_ROWS):
            part = slice(start, start + _BLOCK_ROWS)
            decision[part] = self._decision(features.numeric[part], features.codes[part])
        if self.classes == 1:
            return decision[:, 0]
        return _probabilities(decision)

    def _decision(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float64]:
        decision = scale_numeric(self.scaling, numeric) @ self.weights + self.intercept
        for column, table in enumerate(self.tables):
            own = codes[:, column]
            decision += table[np.where(own < len(table), own, UNSEEN_CODE)]
        return decision

    def write(self, directory: Path) -> None:
        """See Estimator."""
        arrays = {f"scaling_{name}": value for name, value in vars(self.scaling).items()}
        arrays |= {f"table_{column}": table for column, table in enumerate(self.tables)}
        write_arrays(directory / _ARRAYS, arrays | {"weights": self.weights, "intercept": self.intercept})
        write_facts(directory / FACTS, {"kind": self.kind, "classes": self.classes, "tables": len(self.tables)})


def read(directory: Path) -> LinearModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    outputs = classes if classes > 2 else 1
    scaling = _scaling(arrays)
    weights = array(arrays, "weights", np.float64, len(scaling.median) + len(scaling.flagged), outputs)
    tables = tuple(
        array(arrays, f"table_{column}", np.float64, None, outputs)
        for column in range(whole_number(facts, "tables", 0, 10**6))
    )
    require(
        all(len(table) > UNSEEN_CODE for table in tables), "a table of the linear model has no row for unseen levels"
    )
    return LinearModel(classes, scaling, weights, array(arrays, "intercept", np.float64, outputs), tables)


def _scaling(arrays: Mapping[str, Array]) -> NumericScaling:
    median = array(arrays, "scaling_median", np.float64, None)
    center, scale = (array(arrays, f"scaling_{name}", np.float64, len(median)) for name in ("center", "scale"))
    flagged, bent = (array(arrays, f"scaling_{name}", np.int64, None) for name in ("flagged", "bent"))
    for name, columns in (("scaling_flagged", flagged), ("scaling_bent", bent)):
        inside(columns, 0, len(median), name)
    knots = array(arrays, "scaling_knots", np.float64, len(bent), None)
    heights = array(arrays, "scaling_heights", np.float64, *knots.shape)
    require(scale > 0, "the linear model scales by zero")
    require(knots.shape[1] > 0 or not len(bent), "the linear model bends columns without knots")
    return NumericScaling(median, center, scale, flagged, bent, knots, heights)


def scale_numeric(scaling: NumericScaling, numeric: NDArray[np.float32]) -> NDArray[np.float64]:
    """Numeric columns, scaled and clipped to +-BOUND, then the indicators: shape (rows, columns + flagged)."""
    width = numeric.shape[1]
    scaled = np.empty((len(numeric), width + len(scaling.flagged)), order="F")
    scaled[:, :width] = numeric
    missing = np.isnan(scaled[:, :width])
    scaled[:, width:] = missing[:, scaling.flagged]
    values = scaled[:, :width]
    np.copyto(values, scaling.median, where=missing)
    for place, column in enumerate(scaling.bent):
        values[:, column] = np.interp(values[:, column], scaling.knots[place], scaling.heights[place])
    values -= scaling.center
    values /= scaling.scale
    np.clip(values, -BOUND, BOUND, out=values)
    return scaled


def _probabilities(decision: NDArray[np.float64]) -> NDArray[np.float64]:
    if decision.shape[1] == 1:
        decision = np.concatenate([np.zeros_like(decision), decision], axis=1)
    decision = decision - decision.max(axis=1, keepdims=True)
    exponential = np.exp(decision)
    probabilities: NDArray[np.float64] = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities
