"""Waiting for what another process does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, condition: Callable[[], T | None], seconds: float = 240.0) -> T:
    """The condition's first true answer. Raises AssertionError that names what never happened."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"it never happened within {seconds:.0f} s that {what}"
        time.sleep(0.1)
    return answer
