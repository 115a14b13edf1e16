"""The second level of an ensemble: a linear model of its members' predictions (stacked generalisation, Wolpert 1992).

The blend's weights are positive and sum to 1. A stack's coefficients may be negative, so it can correct an error that
members share. Both are mixed (docs/decisions/0015-stack.md).
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from automl_api.base import Model
from automl_model.calibration import Calibration
from automl_model.softmax import softmax

_LEAST = 1e-6
"""The least probability of a member, so that one that is sure of a wrong class does not decide alone."""


class Stack(Model):
    """Coefficients of the members, in their order, and intercepts: of each class, or a single one for values."""

    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Its share of the prediction; the blend has the rest. With 0 the stack does not count."""
    coefficients: tuple[float, ...] = ()
    intercepts: tuple[float, ...] = ()

    def predict(self, members: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities, or values, from the members' predictions: shape (members, rows, classes), or (members, rows).

        A class's score is linear in the logarithms of its probabilities (a logarithmic opinion pool).
        """
        if members.ndim == 2:
            return _weighted_sum(self.coefficients, members) + self.intercepts[0]
        return softmax(_weighted_sum(self.coefficients, map(logarithms, members)) + np.array(self.intercepts))


def combined(
    members: NDArray[np.float64], weights: Sequence[float], calibration: Calibration, stack: Stack
) -> NDArray[np.float64]:
    """An ensemble's prediction: the calibrated blend of its members and the stack, by their shares."""
    blend = calibration.apply(_weighted_sum(weights, members))
    return blend if stack.share == 0.0 else (1.0 - stack.share) * blend + stack.share * stack.predict(members)


def _weighted_sum(weights: Iterable[float], arrays: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Their sum, one after the other: a row has the same bits alone and among others, unlike with a matrix product."""
    parts = (weight * array for weight, array in zip(weights, arrays, strict=True))
    total: NDArray[np.float64] = next(parts)
    for part in parts:
        total += part
    return total


def logarithms(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms that are bounded from below."""
    bounded: NDArray[np.float64] = np.log(np.maximum(probabilities, _LEAST))
    return bounded
