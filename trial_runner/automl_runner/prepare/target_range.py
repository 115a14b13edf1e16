"""Refuses target numbers that no learner or metric can compute with, before a learner runs: the user mends them."""

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS, metrics_of
from automl_runner.prepare.errors import data_invalid, spec_invalid

_LARGEST, _SMALLEST = 1e30, 1e-30
"""Learners keep numbers in 32 bits and square them: beyond these bounds differences become 0 or infinite."""


def check_finite(values: NDArray[np.float64], where: str) -> None:
    """Raise WorkFailed where all values are infinite."""
    infinite = int(np.isinf(values).sum())
    if infinite and not np.isfinite(values).any():
        raise data_invalid(
            f"{where} is infinite in {infinite:,} rows and has no other value; give its true values, or another column as"
            " target"
        )


def check_range(values: NDArray[np.float64], where: str) -> None:
    """Raise WorkFailed where numbers are too large or too small to learn."""
    size = float(np.abs(values).max(initial=0.0))
    if size > _LARGEST:
        raise data_invalid(
            f"{where} has values as large as {size:.3g}, and learners compute up to {_LARGEST:g}; divide it by a power of"
            " ten, or take its logarithm"
        )
    if 0 < size < _SMALLEST:
        raise data_invalid(
            f"{where} has no value larger than {size:.3g}, and learners compute down to {_SMALLEST:g}; multiply it by a"
            " power of ten, or take its logarithm"
        )


def check_metric(values: NDArray[np.float64] | NDArray[np.int32], metric: str, where: str) -> None:
    """Raise WorkFailed where the metric is not defined for some of the target's numbers."""
    lowest = METRICS[metric].lowest_target
    below = int((values < lowest).sum())
    if below:
        others = (name for name in metrics_of("regression") if METRICS[name].lowest_target < lowest)
        raise spec_invalid(
            f"{where} is below {lowest:g} in {below:,} rows, and {metric} is not defined there; mend them, or choose"
            f" another metric: {', '.join(others)}"
        )
