"""Sines and cosines of numbers that begin anew, such as the hours of a day, for models that see straight lines only."""

from collections.abc import Mapping
from math import pi

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import Array, array, require
from automl_model.features import Cycle

HARMONICS = 3
"""So many describe any pattern of the seven weekdays, and in a day two peaks and the nights between them."""
WAVES = 2 * HARMONICS
"""The waves of one cycle."""
_ARRAY = "cycles"
_MOST_VALUES = 1_000


def waves_of(cycles: tuple[Cycle, ...], numeric: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each cycle its sines and then its cosines, 0 where the number is missing: shape (rows, WAVES * cycles)."""
    waves = np.zeros((len(numeric), WAVES * len(cycles)), order="F")
    for place, cycle in enumerate(cycles):
        turns = numeric[:, cycle.column].astype(np.float64) / cycle.period
        there = np.isfinite(turns)
        angles = 2 * pi * np.outer(turns[there], np.arange(1, HARMONICS + 1))
        waves[there, place * WAVES : (place + 1) * WAVES] = np.hstack([np.sin(angles), np.cos(angles)])
    return waves


def arrays_of_cycles(cycles: tuple[Cycle, ...]) -> dict[str, Array]:
    """The cycles as named arrays, for a file; none without cycles, as in models that knew of none."""
    pairs = [(cycle.column, cycle.period) for cycle in cycles]
    return {_ARRAY: np.array(pairs, np.int64)} if pairs else {}


def read_cycles(arrays: Mapping[str, Array], columns: int) -> tuple[Cycle, ...]:
    """The cycles of `arrays_of_cycles`, among so many numeric columns. Raises ValueError for any other arrays."""
    if _ARRAY not in arrays:
        return ()
    found = array(arrays, _ARRAY, np.int64, None, 2)
    require((found >= [0, 1]) & (found < [columns, _MOST_VALUES]), "the model has cycles of columns that do not exist")
    return tuple(Cycle(int(column), int(period)) for column, period in found)
