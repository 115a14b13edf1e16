"""Hashes of encoded rows, which find equal ones among millions without a sort of whole rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from automl_model.text_column import TextColumn

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_BLOCK_BYTES, _BLOCK_ROWS = 2**24, 100_000


def row_hashes(
    columns: Iterable[NDArray[Any]], target: NDArray[Any], texts: Iterable[NDArray[np.uint64]] = ()
) -> NDArray[np.uint64]:
    """A 64-bit hash of each row: of its encoded cells (float32 or int32), its target, and a number for each text."""
    hashes = _mixed(np.zeros(len(target), np.uint64), target.astype(np.float64).view(np.uint64))
    for column in columns:
        hashes = _mixed(hashes, np.ascontiguousarray(column).view(np.uint32).astype(np.uint64))
    for numbers in texts:
        hashes = _mixed(hashes, numbers)
    return hashes


def text_hashes(column: TextColumn) -> NDArray[np.uint64]:
    """A 64-bit hash of each text, the same in every table."""
    blocks = (np.array(block.texts(), object) for block in column.blocks(_BLOCK_BYTES, _BLOCK_ROWS))
    hashes = [pd.util.hash_array(texts, categorize=False) for texts in blocks]
    return np.concatenate([np.empty(0, np.uint64), *hashes])


def _mixed(hashes: NDArray[np.uint64], values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = (hashes ^ values) * _MULTIPLIER
    return mixed ^ (mixed >> np.uint64(29))
