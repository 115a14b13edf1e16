"""Trains a multilayer perceptron in numpy: small networks on one core need no library for it.

The recipe follows RealMLP (Holzmueller et al. 2024) where it is cheap: periodic features of numbers, a learned scale in
front, weights on the scale of the neural tangent kernel, AdamW with a second moment of 0.95, and a learning rate that
falls in four cycles. All parameters lie in one buffer, so that a step of the optimiser is a few vector operations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, log2, pi, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.estimators.mlp_model import MOST_EXPONENT, Floats, Waves, mish

_BETA_1, _BETA_2, _EPSILON = 0.9, 0.95, 1e-8
_CYCLES = 4
_FIRST_CYCLES = 2**_CYCLES - 1
"""The length of the training in first cycles: each cycle is twice as long as the one before."""
_WAVES = 16
_LAST_LAYER = 0.1
"""The scale of the last layer's first weights: the first predictions are near the mean."""
_RATES = {"scale": 6.0, "waves": 0.1, "biases": 0.1}
"""The learning rate of some parameters, as a multiple."""

Gradient = Callable[[Floats, NDArray[np.int64]], Floats]
"""The gradient of the loss by the outputs, shape (rows, outputs), for outputs of some training rows."""


@dataclass(frozen=True)
class NetworkRows:
    """Encoded rows: scaled numbers, indicators of missing values, and the one-hot levels of categories."""

    numbers: Floats
    flags: Floats
    levels: Any
    """A sparse matrix, shape (rows, levels of all categorical columns)."""

    def __len__(self) -> int:
        return len(self.numbers)

    def take(self, places: NDArray[np.int64]) -> "NetworkRows":
        """Some of the rows."""
        return NetworkRows(self.numbers[places], self.flags[places], self.levels[places])


@dataclass(frozen=True)
class Hyperparameters:
    """The hyperparameters of a training."""

    width: int
    depth: int
    features: int
    """Periodic features of each number; 0 for none."""
    frequency: float
    """The standard deviation of the waves' first frequencies."""
    rate: float
    decay: float
    dropout: float
    epochs: int
    batch: int


class Network:
    """The parameters of a network as views of one buffer, with their gradients in another one of the same layout."""

    def __init__(self, given: Hyperparameters, rows: NetworkRows, outputs: int, generator: np.random.Generator) -> None:
        numbers, flags, levels = rows.numbers.shape[1], rows.flags.shape[1], rows.levels.shape[1]
        self._depth, self._features = given.depth, given.features if numbers else 0
        inputs = numbers * (1 + self._features) + flags
        widths = [inputs, *[given.width] * given.depth, outputs]
        shapes: dict[str, tuple[int, ...]] = {"scale": (inputs,), "levels": (levels, given.width)}
        if self._features:
            shapes |= {
                "waves_frequencies": (numbers, _WAVES),
                "waves_phases": (numbers, _WAVES),
                "waves_mixes": (numbers, _WAVES, self._features),
                "waves_shifts": (numbers, self._features),
            }
        for layer in range(given.depth + 1):
            shapes |= {f"weights_{layer}": (widths[layer], widths[layer + 1]), f"biases_{layer}": (widths[layer + 1],)}
        size = sum(map(prod, shapes.values()))
        self.flat, self.gradient = np.zeros(size, np.float32), np.zeros(size, np.float32)
        self.rates, self.decays = np.ones(size, np.float32), np.ones(size, np.float32)
        self.parameters, self._gradients = _views(self.flat, shapes), _views(self.gradient, shapes)
        for name, rate in _views(self.rates, shapes).items():
            rate[...] = _RATES.get(name.partition("_")[0], 1.0)
        for name, decay in _views(self.decays, shapes).items():
            decay[...] = 0.0 if name.startswith("biases") else 1.0
        fans = [max(1, inputs + int(levels > 0)), *[given.width] * given.depth]
        self._norms = [np.float32(fan**-0.5) for fan in fans]
        self._initialise(given, generator)

    def _initialise(self, given: Hyperparameters, generator: np.random.Generator) -> None:
        for name, values in self.parameters.items():
            if name == "scale":
                values[...] = 1.0
            elif name == "waves_frequencies":
                values[...] = generator.normal(size=values.shape) * given.frequency
            elif name == "waves_phases":
                values[...] = generator.uniform(-pi, pi, values.shape)
            elif name.startswith("waves"):
                values[...] = generator.uniform(-1.0, 1.0, values.shape) / _WAVES**0.5
            elif name.startswith("biases"):
                values[...] = 0.5 * generator.normal(size=values.shape) * (name != f"biases_{self._depth}")
            else:
                last = name == f"weights_{self._depth}"
                values[...] = generator.normal(size=values.shape) * (_LAST_LAYER if last else 1.0)

    @property
    def waves(self) -> Waves:
        """The periodic features; without any, of no features."""
        if self._features:
            return Waves(*(self.parameters[f"waves_{name}"] for name in ("frequencies", "phases", "mixes", "shifts")))
        return Waves(*(np.empty(shape, np.float32) for shape in ((0, 0), (0, 0), (0, 0, 0), (0, 0))))

    def outputs(self, rows: NetworkRows) -> Floats:
        """The outputs for rows, shape (rows, outputs)."""
        return self._forward(rows, 0.0, None)[0]

    def layers(self) -> tuple[tuple[Floats, ...], tuple[Floats, ...], Floats]:
        """The weights and biases of each layer, with all scales within them, and the table of all levels."""
        weights = [self.parameters[f"weights_{layer}"] * norm for layer, norm in enumerate(self._norms)]
        weights[0] = weights[0] * self.parameters["scale"][:, None]
        biases = [self.parameters[f"biases_{layer}"].copy() for layer in range(self._depth + 1)]
        return tuple(weights), tuple(biases), self.parameters["levels"] * self._norms[0]

    def learn(
        self,
        rows: NetworkRows,
        places: NDArray[np.int64],
        loss: Gradient,
        dropout: float,
        generator: np.random.Generator,
    ) -> None:
        """Fill `gradient` for a batch of rows."""
        batch = rows.take(places)
        outputs, kept = self._forward(batch, dropout, generator)
        self._backward(batch, kept, loss(outputs, places) / np.float32(len(places)))

    def _forward(
        self, rows: NetworkRows, dropout: float, generator: np.random.Generator | None
    ) -> tuple[Floats, dict[str, Floats]]:
        own, kept = self.parameters, dict[str, Floats]()
        parts = [rows.numbers]
        if self._features:
            angles = rows.numbers[:, :, None] * own["waves_frequencies"] + own["waves_phases"]
            waves = np.cos(angles)
            kept |= {"angles": angles, "waves": waves}
            mixed = np.matmul(waves.transpose(1, 0, 2), own["waves_mixes"]) + own["waves_shifts"][:, None, :]
            parts.append(mixed.transpose(1, 0, 2).reshape(len(rows), -1))
        kept["inputs"] = np.concatenate([*parts, rows.flags], axis=1)
        hidden = kept["inputs"] * own["scale"]
        for layer, norm in enumerate(self._norms):
            kept[f"hidden_{layer}"] = hidden
            before = np.asarray(hidden @ own[f"weights_{layer}"], np.float32)
            if not layer and own["levels"].size:
                before += rows.levels @ own["levels"]
            before *= norm
            before += own[f"biases_{layer}"]
            if layer == self._depth:
                return before, kept
            kept[f"before_{layer}"] = before
            hidden = mish(before)
            if dropout and generator is not None:
                mask = generator.random(hidden.shape, np.float32) >= dropout
                kept[f"mask_{layer}"] = mask.astype(np.float32) / np.float32(1.0 - dropout)
                hidden *= kept[f"mask_{layer}"]
        raise AssertionError("the last layer returns")

    def _backward(self, rows: NetworkRows, kept: dict[str, Floats], change: Floats) -> None:
        own, found = self.parameters, self._gradients
        for layer in range(self._depth, -1, -1):
            found[f"biases_{layer}"][...] = change.sum(axis=0)
            change = change * self._norms[layer]
            np.matmul(kept[f"hidden_{layer}"].T, change, out=found[f"weights_{layer}"])
            if not layer and own["levels"].size:
                found["levels"][...] = rows.levels.T @ change
            change = change @ own[f"weights_{layer}"].T
            if layer:
                if f"mask_{layer - 1}" in kept:
                    change *= kept[f"mask_{layer - 1}"]
                change *= _slope_of_mish(kept[f"before_{layer - 1}"])
        found["scale"][...] = (change * kept["inputs"]).sum(axis=0)
        if self._features:
            self._backward_waves(rows, kept, change * own["scale"])

    def _backward_waves(self, rows: NetworkRows, kept: dict[str, Floats], change: Floats) -> None:
        own, found, numbers = self.parameters, self._gradients, rows.numbers.shape[1]
        mixed = change[:, numbers : numbers * (1 + self._features)].reshape(len(rows), numbers, -1).transpose(1, 0, 2)
        found["waves_shifts"][...] = mixed.sum(axis=1)
        found["waves_mixes"][...] = np.matmul(kept["waves"].transpose(1, 2, 0), mixed)
        angles = np.matmul(mixed, own["waves_mixes"].transpose(0, 2, 1)).transpose(1, 0, 2) * -np.sin(kept["angles"])
        found["waves_phases"][...] = angles.sum(axis=0)
        found["waves_frequencies"][...] = (angles * rows.numbers[:, :, None]).sum(axis=0)


class Adam:
    """AdamW (Loshchilov and Hutter 2019) over the buffer of a network."""

    def __init__(self, network: Network, given: Hyperparameters) -> None:
        self._network, self._hyperparameters = network, given
        self._first, self._second = np.zeros_like(network.flat), np.zeros_like(network.flat)
        self._steps = 0

    def step(self, progress: float) -> None:
        """Follow the gradient. `progress`: the share of the training that is done."""
        network, self._steps = self._network, self._steps + 1
        self._first += np.float32(1 - _BETA_1) * (network.gradient - self._first)
        self._second += np.float32(1 - _BETA_2) * (network.gradient**2 - self._second)
        move = np.sqrt(self._second / np.float32(1 - _BETA_2**self._steps))
        move += np.float32(_EPSILON)
        np.divide(self._first / np.float32(1 - _BETA_1**self._steps), move, out=move)
        move += np.float32(self._hyperparameters.decay * flat_then_falling(progress)) * network.decays * network.flat
        move *= network.rates
        move *= np.float32(self._hyperparameters.rate * in_cycles(progress))
        network.flat -= move


def in_cycles(progress: float) -> float:
    """The learning rate's share: cosines in cycles, each twice as long as the one before."""
    return 0.5 * (1.0 - cos(2.0 * pi * _cycles_done(progress)))


def cycle_of(progress: float) -> int:
    """The number of the cycle at a share of the training, from 0."""
    return min(_CYCLES - 1, int(_cycles_done(progress)))


def _cycles_done(progress: float) -> float:
    return log2(1.0 + _FIRST_CYCLES * progress)


def flat_then_falling(progress: float) -> float:
    """1 for the first half of the training; then it falls to 0 along a cosine."""
    return 1.0 if progress < 0.5 else 0.5 * (1.0 + cos(pi * (2.0 * progress - 1.0)))


def _slope_of_mish(values: Floats) -> Floats:
    exponential = np.exp(np.minimum(values, np.float32(MOST_EXPONENT)))
    ratio = exponential * (exponential + 2)
    ratio /= ratio + 2
    slope = 1 - ratio * ratio
    slope *= exponential / (1 + exponential)
    slope *= values
    slope += ratio
    return np.asarray(slope, np.float32)


def _views(flat: Floats, shapes: dict[str, tuple[int, ...]]) -> dict[str, Floats]:
    """Parts of a buffer in these shapes, one after the other."""
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + prod(shape)
        views[name] = flat[start:end].reshape(shape)
        start = end
    return views
