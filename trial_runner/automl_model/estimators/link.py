"""Turns raw scores of boosted trees into predictions: values unchanged, classes by the logistic function or softmax."""

import numpy as np
from numpy.typing import NDArray

from automl_model.softmax import softmax

_MOST_EXPONENT = 700.0
"""With greater exponents numpy warns of an overflow; the probability is 0 all the same."""


def from_raw(raw: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Values, shape (rows,), if `classes` is 1; else probabilities, shape (rows, classes). raw: (rows, outputs)."""
    if classes == 1:
        return raw[:, 0]
    if classes == 2:
        positive = 1.0 / (1.0 + np.exp(np.minimum(-raw[:, 0], _MOST_EXPONENT)))
        return np.column_stack([1.0 - positive, positive])
    return softmax(raw)


def from_raw_of_seen(raw: NDArray[np.float64], classes: int, seen: tuple[int, ...]) -> NDArray[np.float64]:
    """Like from_raw, for scores of the classes in `seen` only; the others get probability 0."""
    if classes == 1:
        return from_raw(raw, 1)
    probabilities = np.zeros((len(raw), classes))
    probabilities[:, seen] = from_raw(raw, len(seen))
    return probabilities
