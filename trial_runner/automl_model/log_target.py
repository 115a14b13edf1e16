"""The view `log_target`: a learner sees the logarithm of a skewed target, and its predictions are turned back.

The mean of values is above the exponential of their mean logarithm. So predictions are multiplied by a factor, which
the runner chooses (`automl_runner.smearing`).
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import require

LOG_TARGET = "log_target"
_GREATEST = 1e300
"""Greater numbers would overflow when they are added or multiplied."""
Values = NDArray[np.float64]


def log_target_state(target: Values, shift: float) -> dict[str, float]:
    """The state of the view for a target of training rows. shift: is added to values; above 0 where a target is 0."""
    return {"shift": shift, "least": float(target.min()), "greatest": float(target.max()), "factor": 1.0}


def check_log_target(state: Mapping[str, Any]) -> None:
    """Raise ValueError for a state that cannot be applied."""
    shift, least, greatest, factor = (_number(state, name) for name in ("shift", "least", "greatest", "factor"))
    fits = shift >= 0 and least + shift > 0 and greatest >= least and factor > 0
    require(fits, "the logarithm of the target has numbers that do not fit each other")


def _number(state: Mapping[str, Any], name: str) -> float:
    number: Any = state.get(name)
    require(type(number) in (int, float) and abs(number) <= _GREATEST, "the logarithm of the target lacks a number")
    return float(number)


def log_of(target: Values, state: Mapping[str, Any]) -> Values:
    """The logarithm that a learner sees. A target below all of training counts as the least: near 0, the logarithm of a
    single row would outweigh all others.
    """
    return np.asarray(np.log(np.maximum(target, state["least"]) + state["shift"]))


def restored(logarithms: Values, state: Mapping[str, Any]) -> Values:
    """The predictions on the target's own scale. Without the factor, none is above the greatest target of training."""
    greatest = math.log(state["greatest"] + state["shift"])
    values = np.exp(np.minimum(logarithms, greatest)) - state["shift"]
    return np.asarray(state["factor"] * np.maximum(values, 0.0))
