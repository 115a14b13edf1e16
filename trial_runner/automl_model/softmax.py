"""The softmax, in one place: every learner's classes, temperatures and stacks need it."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", np.float32, np.float64)


def softmax(scores: NDArray[Kind]) -> NDArray[Kind]:
    """Probabilities from scores, shape (rows, classes), in the scores' own precision; each row sums to 1."""
    powers: NDArray[Kind] = np.exp(scores - scores.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers
