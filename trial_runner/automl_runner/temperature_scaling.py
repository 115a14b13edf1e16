"""Chooses temperatures of probabilities from their log losses on a grid (temperature scaling, Guo et al. 2017)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.calibration import TINY, sharpen
from automl_runner.thresholds import halves

Array = NDArray[Any]
GRID: NDArray[np.float64] = np.exp(0.115 * np.arange(-20, 13))
"""From 0.1 to 4, with 1 among them."""
SPREAD = 0.32
"""The standard deviation of the prior of log(temperature), whose mean is 0. On few rows, or where all but a few are
predicted well, the losses alone would choose probabilities that are much too sure.
"""
LEAST_ROWS = 50
"""On fewer rows, probabilities are left as they are."""
_MOST_ROWS = 20_000
"""The most rows of a half that choose a temperature."""
_PENALTY = np.log(GRID) ** 2 / (2 * SPREAD**2)
_MOST_LOSS = -float(np.log(np.finfo(np.float32).eps))
"""The log loss of a row whose class has no probability, as `automl_model.scoring` defines it."""


def loss_table(prediction: Array, target: Array, weights: Array | None, parts: Sequence[Array]) -> NDArray[np.float64]:
    """The sum of the rows' log losses at each temperature: shape (parts, temperatures).

    prediction: shape (rows, classes). target: class codes. Weights count as multiples of their mean.
    """
    logarithms = np.log(np.clip(np.asarray(prediction, np.float64), TINY, 1.0))
    logarithms -= logarithms.max(axis=1, keepdims=True)
    true = logarithms[np.arange(len(target)), target.astype(np.int64)]
    shares = np.ones(len(target)) if weights is None else weights / weights.mean()
    table = np.empty((len(parts), len(GRID)))
    for place, temperature in enumerate(GRID):
        rows = np.log(np.exp(logarithms / temperature).sum(axis=1)) - true / temperature
        counted = shares * np.minimum(rows, _MOST_LOSS)
        table[:, place] = [counted[part].sum() for part in parts]
    return table


def best_temperature(total: NDArray[np.float64]) -> float:
    """The most probable temperature, given the sums of losses at each of the grid: shape (temperatures,)."""
    return float(GRID[int(np.argmin(total + _PENALTY))])


def calibrated_by_halves(prediction: Array, target: Array, weights: Array | None) -> Array:
    """Probabilities for scoring a fold: each half of the rows at the best temperature of the other half.

    Otherwise a learner that is not sure enough would look hopeless, although the ensemble corrects that.
    """
    if len(target) < 2 * LEAST_ROWS:
        return prediction
    half, result = halves(target), np.empty_like(prediction, np.float64)
    for own in (half, ~half):
        others = np.flatnonzero(~own)
        others = others[:: -(-len(others) // _MOST_ROWS)]
        own_weights = None if weights is None else weights[others]
        (losses,) = loss_table(prediction[others], target[others], own_weights, [np.arange(len(others))])
        result[own] = sharpen(prediction[own], best_temperature(losses))
    return result
