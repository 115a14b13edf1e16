"""How an interval lies around a score: by a factor around an error, which has no upper bound, else by a difference."""

from math import exp, inf

from automl_api.metrics import METRICS

_NOTHING = 1e-12
_FURTHEST = 50.0
"""Further out a factor says nothing more."""
_LEAST = {"r2": -inf, "mcc": -1.0}


def is_bounded(metric: str) -> bool:
    """Whether the metric has a lowest and a highest value, unlike an error."""
    return METRICS[metric].direction == "maximize" and _LEAST.get(metric, 0.0) > -inf


def around(metric: str, value: float, half: float) -> tuple[float, float]:
    """The interval around a value, whose half width is `half` where it is symmetric; within the metric's range.

    Of errors the logarithm's is symmetric (the delta method): a few groups or blocks leave theirs skewed.
    """
    if METRICS[metric].direction == "maximize":
        return max(_LEAST.get(metric, 0.0), value - half), min(1.0, value + half)
    if value <= _NOTHING:
        return 0.0, value + half
    factor = exp(min(_FURTHEST, half / value))
    return value / factor, value * factor
