"""How an interval lies around a score: by a factor around an error, which has no upper bound, else by a difference."""

from math import exp, isfinite

from automl_api.metrics import METRICS

_NOTHING = 1e-12
_FURTHEST = 50.0
"""Further out a factor says nothing more."""


def around(metric: str, value: float, half: float) -> tuple[float, float]:
    """The interval around a value, whose half width is `half` where it is symmetric; within the metric's range.

    Of errors the logarithm's is symmetric (the delta method): a few groups or blocks leave theirs skewed.
    """
    lowest, highest = METRICS[metric].bounds
    if isfinite(highest):
        return max(lowest, value - half), min(highest, value + half)
    if value <= _NOTHING:
        return 0.0, value + half
    factor = exp(min(_FURTHEST, half / value))
    return value / factor, value * factor
