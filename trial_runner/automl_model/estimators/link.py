"""What raw scores of boosted trees mean: nothing for values, the logistic function or softmax for classes."""

import numpy as np
from numpy.typing import NDArray


def from_raw(raw: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """raw: shape (rows, outputs). Values, shape (rows,), where `classes` is 1; else probabilities, shape (rows, classes)."""
    if classes == 1:
        return raw[:, 0]
    if classes == 2:
        positive = 1.0 / (1.0 + np.exp(-raw[:, 0]))
        return np.column_stack([1.0 - positive, positive])
    exponential = np.exp(raw - raw.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = exponential / exponential.sum(axis=1, keepdims=True)
    return probabilities
