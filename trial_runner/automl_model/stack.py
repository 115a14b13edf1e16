"""The second level of an ensemble: a linear model of its members' predictions (stacked generalisation, Wolpert 1992).

The blend's weights are positive and sum to 1. A stack's coefficients may be negative, so it can correct an error that
members share. Both are mixed, which is better than either (docs/decisions/0015-stack.md).
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from automl_api.base import Model
from automl_model.calibration import Calibration

_LEAST = 1e-6
"""The least probability of a member, so that one that is sure of a wrong class does not decide alone."""


class Stack(Model):
    """Coefficients of the members, in their order, and intercepts: of each class, or a single one for values."""

    share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Its share of the prediction; the blend has the rest. A share of 0 is no stack."""
    coefficients: tuple[float, ...] = ()
    intercepts: tuple[float, ...] = ()

    def predict(self, members: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities, or values, from the members' predictions: shape (members, rows, classes), or (members, rows).

        A class's score is linear in the logarithms of its probabilities (a logarithmic opinion pool).
        """
        coefficients, intercepts = np.array(self.coefficients), np.array(self.intercepts)
        if members.ndim == 2:
            values: NDArray[np.float64] = coefficients @ members + intercepts[0]
            return values
        return softmax(np.tensordot(coefficients, logarithms(members), axes=1) + intercepts)


def combined(
    members: NDArray[np.float64], weights: Sequence[float], calibration: Calibration, stack: Stack
) -> NDArray[np.float64]:
    """An ensemble's prediction: the calibrated blend of its members and the stack, by their shares."""
    blend = calibration.apply(np.tensordot(np.array(weights), members, axes=1))
    return blend if stack.share == 0.0 else (1.0 - stack.share) * blend + stack.share * stack.predict(members)


def logarithms(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms that are bounded from below."""
    bounded: NDArray[np.float64] = np.log(np.maximum(probabilities, _LEAST))
    return bounded


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities from scores, shape (rows, classes)."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
