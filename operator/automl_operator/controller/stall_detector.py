"""The detection of standstills of this process: it was stopped or starved, or its machine was paused.

Meanwhile it could receive no report. Without this detection all runners would count as lost at once.
"""

from collections.abc import Callable
from typing import Final

CHECK_SECONDS: Final = 1.0
STALL_SECONDS: Final = 5.0
"""Beats come late on a busy machine too. A runner that reports every 10 s is lost after 30 s."""


class StallDetector:
    """Call `beat` every CHECK_SECONDS. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    def beat(self) -> float:
        """The seconds for which the process stood still since the last beat; 0 where it did not."""
        gap = self._clock() - self._last
        self._last += gap
        return gap if gap > STALL_SECONDS else 0.0
