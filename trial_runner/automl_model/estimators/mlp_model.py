"""A multilayer perceptron with its preprocessing, applied as matrix products; no library trains or holds it.

Numbers are scaled and clipped, and each also enters through waves of several frequencies. There are no one-hot columns:
each category adds a row of its column's table to the first layer.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import array, require, whole_number
from automl_model.estimators.estimator import FACTS, MOST_CLASSES
from automl_model.estimators.link import from_raw
from automl_model.estimators.scaling import NumericScaling, arrays_of_scaling, read_scaling, scale_numeric
from automl_model.features import UNSEEN_CODE, Features, Layout

_ARRAYS = "mlp.npz"
_BLOCK_ROWS = 4_096
MOST_EXPONENT = 20.0
_MOST_LAYERS = 20

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Waves:
    """Periodic features of each number x: a linear map of cos(frequency * x + phase) (Gorishniy et al. 2022).

    frequencies, phases: shape (numbers, waves). mixes: shape (numbers, waves, features). shifts: (numbers, features).
    """

    frequencies: Floats
    phases: Floats
    mixes: Floats
    shifts: Floats

    def apply(self, numbers: Floats) -> Floats:
        """numbers: shape (rows, numbers); returns shape (rows, numbers * features)."""
        waves = np.cos(numbers[:, :, None] * self.frequencies + self.phases)
        features = np.matmul(waves.transpose(1, 0, 2), self.mixes) + self.shifts[:, None, :]
        return np.asarray(features.transpose(1, 0, 2).reshape(len(numbers), -1), np.float32)


@dataclass(frozen=True)
class MLPModel:
    """classes: 1 for regression; outputs: 1 for regression and two classes, else one for each class.

    weights, biases: of each layer. The first layer reads the numbers, their periodic features, and the indicators of
    missing values. tables: one for each categorical column, shape (codes, width of the first layer).
    center, spread, low, high: for regression the scale of the target and its range in training.
    """

    classes: int
    scaling: NumericScaling
    waves: Waves
    tables: tuple[Floats, ...]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    center: float = 0.0
    spread: float = 1.0
    low: float = 0.0
    high: float = 0.0
    kind: str = "mlp"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(len(self.scaling.median) == layout.numeric, f"the network reads {len(self.scaling.median)} numbers")
        require(len(self.tables) == len(layout.cardinalities), f"the network reads {len(self.tables)} categories")
        require(self.classes == classes, f"the network predicts {self.classes} classes")

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        raw = np.empty((len(features), len(self.biases[-1])))
        for start in range(0, len(features), _BLOCK_ROWS):
            part = slice(start, start + _BLOCK_ROWS)
            raw[part] = self._raw(features.numeric[part], features.codes[part])
        if self.classes > 1:
            return from_raw(raw, self.classes)
        return np.clip(self.center + self.spread * raw[:, 0], self.low, self.high)

    def _raw(self, numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> Floats:
        numbers, flags = scaled_parts(self.scaling, numeric)
        hidden = np.concatenate([numbers, self.waves.apply(numbers), flags], axis=1)
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
                hidden = mish(hidden)
            hidden = hidden @ weights + biases
            if not layer:
                for column, table in enumerate(self.tables):
                    own = codes[:, column]
                    hidden += table[np.where(own < len(table), own, UNSEEN_CODE)]
        return hidden

    def write(self, directory: Path) -> None:
        """See Estimator."""
        arrays = arrays_of_scaling(self.scaling) | {f"waves_{name}": value for name, value in vars(self.waves).items()}
        arrays |= {f"table_{column}": table for column, table in enumerate(self.tables)}
        arrays |= {f"weights_{layer}": weights for layer, weights in enumerate(self.weights)}
        arrays |= {f"biases_{layer}": biases for layer, biases in enumerate(self.biases)}
        arrays["target"] = np.array([self.center, self.spread, self.low, self.high])
        write_arrays(directory / _ARRAYS, arrays)
        facts = {"kind": self.kind, "classes": self.classes, "tables": len(self.tables), "layers": len(self.weights)}
        write_facts(directory / FACTS, facts)


def scaled_parts(scaling: NumericScaling, numeric: NDArray[np.float32]) -> tuple[Floats, Floats]:
    """The scaled numbers and the indicators of missing values, each with a row for each row."""
    scaled = scale_numeric(scaling, numeric).astype(np.float32)
    width = numeric.shape[1]
    return np.ascontiguousarray(scaled[:, :width]), np.ascontiguousarray(scaled[:, width:])


def mish(values: Floats) -> Floats:
    """x * tanh(log(1 + exp(x))) (Misra 2019), by one exponential."""
    exponential = np.exp(np.minimum(values, np.float32(MOST_EXPONENT)))
    ratio = exponential * (exponential + 2)
    ratio /= ratio + 2
    return np.asarray(values * ratio, np.float32)


def read(directory: Path) -> MLPModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    classes = whole_number(facts, "classes", 1, MOST_CLASSES)
    layers = whole_number(facts, "layers", 1, _MOST_LAYERS)
    scaling = read_scaling(arrays)
    waves = _waves(arrays, len(scaling.median))
    width = len(scaling.median) * (1 + waves.shifts.shape[1]) + len(scaling.flagged)
    weights, biases = [], []
    for layer in range(layers):
        outputs = (classes if classes > 2 else 1) if layer == layers - 1 else None
        weights.append(array(arrays, f"weights_{layer}", np.float32, width, outputs))
        width = weights[-1].shape[1]
        biases.append(array(arrays, f"biases_{layer}", np.float32, width))
    tables = tuple(
        array(arrays, f"table_{column}", np.float32, None, len(biases[0]))
        for column in range(whole_number(facts, "tables", 0, 10**6))
    )
    require(all(len(table) > UNSEEN_CODE for table in tables), "a table of the network has no row for unseen levels")
    center, spread, low, high = map(float, array(arrays, "target", np.float64, 4))
    require(low <= high, "the network's range of the target is empty")
    return MLPModel(classes, scaling, waves, tables, tuple(weights), tuple(biases), center, spread, low, high)


def _waves(arrays: dict[str, NDArray[np.float32]], numbers: int) -> Waves:
    frequencies = array(arrays, "waves_frequencies", np.float32, numbers, None)
    shifts = array(arrays, "waves_shifts", np.float32, numbers, None)
    return Waves(
        frequencies,
        array(arrays, "waves_phases", np.float32, *frequencies.shape),
        array(arrays, "waves_mixes", np.float32, *frequencies.shape, shifts.shape[1]),
        shifts,
    )
