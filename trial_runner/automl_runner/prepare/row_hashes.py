"""Hashes of encoded rows, which find equal ones among millions without a sort of whole rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def row_hashes(columns: Iterable[NDArray[Any]], target: NDArray[Any]) -> NDArray[np.uint64]:
    """A 64-bit hash of each row: of its encoded cells (float32 or int32) and its target."""
    hashes = _mixed(np.zeros(len(target), np.uint64), target.astype(np.float64).view(np.uint64))
    for column in columns:
        hashes = _mixed(hashes, np.ascontiguousarray(column).view(np.uint32).astype(np.uint64))
    return hashes


def _mixed(hashes: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (hashes ^ values) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))
