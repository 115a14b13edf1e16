"""What is done to a blend's probabilities: a temperature, and where the positive class begins."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TINY = 1e-15


@dataclass(frozen=True)
class Calibration:
    """temperature: above 1 makes probabilities less sure (Guo et al. 2017); threshold: of two classes, the second's."""

    temperature: float = 1.0
    threshold: float = 0.5

    def apply(self, prediction: NDArray[Any]) -> NDArray[np.float64]:
        """Calibrated probabilities; values of a regression are left alone."""
        if prediction.ndim == 1 or self.temperature == 1.0:
            return np.asarray(prediction, np.float64)
        return sharpen(prediction, self.temperature)


def sharpen(prediction: NDArray[Any], temperature: float) -> NDArray[np.float64]:
    """Probabilities to the power of 1 / temperature, normalised; shape (rows, classes)."""
    logarithms = np.log(np.clip(prediction, _TINY, 1.0)) / temperature
    powers = np.exp(logarithms - logarithms.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result
