"""Waiting for another process."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, condition: Callable[[], T | None], seconds: float = 240.0) -> T:
    """The condition's first true result. Raises AssertionError with `what` when the time is over."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"it never happened within {seconds:.0f} s that {what}"
        time.sleep(0.1)
    return answer
