"""Calibrates a blend's probabilities: a temperature, and the threshold of the positive class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.softmax import softmax

TINY = 1e-15
"""The least probability, so that it has a logarithm."""


@dataclass(frozen=True)
class Calibration:
    """Turns raw probabilities into final probabilities and labels.

    temperature: above 1 makes probabilities less confident (Guo et al. 2017).
    threshold: the probability from which the second of two classes is predicted.
    """

    temperature: float = 1.0
    threshold: float = 0.5

    def apply(self, prediction: NDArray[Any]) -> NDArray[np.float64]:
        """Calibrated probabilities; the values of a regression stay unchanged."""
        return sharpen(prediction, self.temperature)


def sharpen(prediction: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Probabilities raised to the power 1 / temperature and normalised, shape (rows, classes).

    The values of a regression, shape (rows,), stay unchanged, like anything at temperature 1.
    """
    if prediction.ndim == 1 or temperature == 1.0:
        return np.asarray(prediction, np.float64)
    logarithms = np.log(np.clip(np.asarray(prediction, np.float64), TINY, 1.0)) / temperature
    return softmax(logarithms)
