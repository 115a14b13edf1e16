"""The outcome of selection: members with their weights and temperatures, the calibration, and the stack."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.calibration import Calibration
from automl_model.stack import Stack, combined

Array = NDArray[Any]


@dataclass(frozen=True)
class Choice:
    """Members by their place among the candidates, with weights, and the calibration of their blend.

    Each member's probabilities have a temperature of their own. Otherwise members that are not sure enough (forests
    with many classes) would get no weight, or dilute the others. A member of the stack only has the weight 0.
    """

    weights: dict[int, float]
    temperatures: dict[int, float]
    calibration: Calibration = field(default_factory=Calibration)
    stack: Stack = field(default_factory=Stack)

    def blend(self, predictions_of: Callable[[int, float], Array]) -> Array:
        """The weighted mean of the members' predictions, which the function returns at a given temperature."""
        parts = [
            weight * predictions_of(index, self.temperatures[index]) for index, weight in self.weights.items() if weight
        ]
        return np.asarray(np.sum(parts, axis=0, dtype=np.float64))

    def predict(self, predictions_of: Callable[[int, float], Array]) -> Array:
        """The model's predictions: the calibrated blend, mixed with the stack."""
        if self.stack.share == 0.0:
            return self.calibration.apply(self.blend(predictions_of))
        return self.mixed(self.members(predictions_of), self.stack.share)

    def members(self, predictions_of: Callable[[int, float], Array]) -> Array:
        """The members' predictions, in their order: shape (members, rows, ...)."""
        found = [predictions_of(index, self.temperatures[index]) for index in self.weights]
        return np.stack([np.asarray(predicted, np.float64) for predicted in found])

    def mixed(self, members: Array, share: float) -> Array:
        """The calibrated blend mixed with the stack at any share."""
        return combined(members, list(self.weights.values()), self.calibration, self.stack.replace(share=share))

    def without_stack(self) -> "Choice":
        """The blend alone, with its own members only."""
        weights = {index: weight for index, weight in self.weights.items() if weight}
        return Choice(weights, {index: self.temperatures[index] for index in weights}, self.calibration)

    def with_share(self, share: float) -> "Choice":
        """The choice with the stack at a share; without the stack where that is 0."""
        if share == 0.0 or not self.stack.coefficients:
            return self.without_stack()
        return Choice(self.weights, self.temperatures, self.calibration, self.stack.replace(share=share))
