"""The view `log_target`: a learner sees the logarithm of a skewed target, and its predictions are turned back.

The mean of values is above the exponential of their mean logarithm. So predictions are multiplied by a factor that the
runner finds on validation rows.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import require

LOG_TARGET = "log_target"
_GREATEST = 1e300
Values = NDArray[np.float64]


def log_target_state(shift: float, greatest: float, factor: float = 1.0) -> dict[str, float]:
    """The state of the view. shift: is added to values; above 0 where a target is 0. greatest: of the training rows."""
    return {"shift": shift, "greatest": greatest, "factor": factor}


def check_log_target(state: Mapping[str, Any]) -> None:
    """Raise ValueError for a state that cannot be applied."""
    shift, greatest, factor = (_number(state, name) for name in ("shift", "greatest", "factor"))
    require(shift >= 0 and greatest + shift > 0 and factor > 0, "the logarithm of the target has a negative number")


def _number(state: Mapping[str, Any], name: str) -> float:
    number: Any = state.get(name)
    require(type(number) in (int, float) and abs(number) <= _GREATEST, "the logarithm of the target lacks a number")
    return float(number)


def log_of(target: Values, state: Mapping[str, Any]) -> Values:
    """The logarithm of the target that a learner sees; a target below 0 counts as 0, and no logarithm is infinite."""
    return np.asarray(np.log(np.maximum(np.maximum(target, 0.0) + state["shift"], np.finfo(np.float64).tiny)))


def restored(logarithms: Values, state: Mapping[str, Any]) -> Values:
    """The predictions on the target's own scale. Without the factor, none is above the greatest target of training."""
    greatest = math.log(state["greatest"] + state["shift"])
    values = np.exp(np.minimum(logarithms, greatest)) - state["shift"]
    return np.asarray(state["factor"] * np.maximum(values, 0.0))
