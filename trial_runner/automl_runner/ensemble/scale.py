"""Places an interval around a score: by a factor for an error, which has no upper bound, else by a difference."""

from math import exp, isfinite

from automl_api.metrics import METRICS

_NOTHING = 1e-12
_FURTHEST = 50.0
"""The largest exponent of a factor; a wider interval would not say more."""


def around(metric: str, value: float, half: float) -> tuple[float, float]:
    """The interval around a value, within the metric's range. `half` is its half width where it is symmetric.

    For errors the interval of the logarithm is symmetric (the delta method), because errors of few groups or blocks are
    skewed.
    """
    lowest, highest = METRICS[metric].bounds
    if isfinite(highest):
        return max(lowest, value - half), min(highest, value + half)
    if value <= _NOTHING:
        return 0.0, value + half
    factor = exp(min(_FURTHEST, half / value))
    return value / factor, value * factor
