"""The time that a fit has until its runner ends it, so that it can hand in what it has trained by then."""

import math
from collections.abc import Callable

from automl_api.protocol import Assignment

_STORING_SECONDS = 1.0
"""Time kept free for predictions and files, but at most half of the time."""


def seconds_left(assignment: Assignment, began: float, now: Callable[[], float]) -> Callable[[], float]:
    """A function that returns the seconds until training must end; infinity without a limit."""
    limits = (assignment.ends_in_seconds, assignment.timeout_seconds)
    seconds = min((limit for limit in limits if limit is not None), default=math.inf)
    ends_at = began + max(seconds / 2, seconds - _STORING_SECONDS)
    return lambda: ends_at - now()
