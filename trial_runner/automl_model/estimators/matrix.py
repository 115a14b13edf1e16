"""Features as the one matrix that tree libraries read."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features

_BLOCK_CELLS = 4_000_000


def as_matrix(features: Features, order: Literal["C", "F"] = "F") -> NDArray[np.float32]:
    """Numeric columns, then codes as numbers: float32, shape (rows, columns). Not a copy if there are no codes."""
    if features.codes.shape[1] == 0:
        return np.require(features.numeric, np.float32, [order])
    width = features.numeric.shape[1]
    matrix = np.empty((len(features), width + features.codes.shape[1]), np.float32, order=order)
    matrix[:, :width] = features.numeric
    matrix[:, width:] = features.codes
    return matrix


def blocks(features: Features) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """The rows as C-ordered matrices of bounded size, so that a prediction never copies all rows at once."""
    rows, width = len(features), features.numeric.shape[1]
    columns = width + features.codes.shape[1]
    step = max(1024, _BLOCK_CELLS // max(1, columns))
    for start in range(0, rows, step):
        part = slice(start, min(rows, start + step))
        matrix = np.empty((part.stop - start, columns), np.float32)
        matrix[:, :width] = features.numeric[part]
        matrix[:, width:] = features.codes[part]
        yield part, matrix
