"""A linear model with its preprocessing: numbers imputed, scaled and bounded, categories as tables of coefficients.

One-hot columns are never made here: a category's contribution is a row of its column's table.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.estimators.estimator import FACTS
from automl_model.features import UNSEEN_CODE, Features

_ARRAYS = "linear.npz"
BOUND = 5.0
_BLOCK_ROWS = 50_000


@dataclass(frozen=True)
class NumericScaling:
    """How each numeric column becomes a number of about unit scale; see `scale_numeric`.

    median, center, scale: shape (columns,). flagged: columns with an indicator of missing values.
    bent: columns mapped through their quantiles; knots and heights: shape (len(bent), knots).
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
    """classes: 1 for regression; outputs: 1 for regression and two classes, else one a class.

    weights: shape (numeric columns + flagged columns, outputs). tables: one a categorical column, (codes, outputs).
    """

    classes: int
    scaling: NumericScaling
    weights: NDArray[np.float64]
    intercept: NDArray[np.float64]
    tables: tuple[NDArray[np.float64], ...]
    kind: str = "linear"

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
    """Read a written model."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    prefix = "scaling_"
    scaling = NumericScaling(**{key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)})
    tables = tuple(arrays[f"table_{column}"] for column in range(int(facts["tables"])))
    return LinearModel(int(facts["classes"]), scaling, arrays["weights"], arrays["intercept"], tables)


def scale_numeric(scaling: NumericScaling, numeric: NDArray[np.float32]) -> NDArray[np.float64]:
    """Numeric columns scaled and within +-BOUND, then the indicators: shape (rows, columns + flagged)."""
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
