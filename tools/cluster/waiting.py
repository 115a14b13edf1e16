"""Waits for a condition; the error names it."""

import time
from collections.abc import Callable

from cluster.errors import ToolError


def wait_until(
    what: str, true: Callable[[], bool], *, seconds: float = 60, problem: Callable[[], str] = lambda: ""
) -> None:
    """Return once `true()` is true. Raises ToolError after `seconds`, or as soon as `problem()` returns a text."""
    deadline = time.monotonic() + seconds
    while not true():
        if why := problem():
            raise ToolError(f"{what} will not happen: {why}")
        if time.monotonic() > deadline:
            raise ToolError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.1)
