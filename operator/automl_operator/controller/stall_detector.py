"""Detects that this process stood still: it was stopped, got no CPU time, or its machine was paused.

During that time it received no reports. Without the detector, all runners would then count as lost.
"""

from collections.abc import Callable
from typing import Final

CHECK_SECONDS: Final = 1.0
STALL_SECONDS: Final = 5.0
"""Shorter gaps are normal on a busy machine. A runner that reports every 10 s counts as lost after 30 s."""


class StallDetector:
    """Call `beat` every CHECK_SECONDS. `clock` gives Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    def beat(self) -> float:
        """Return the seconds for which the process stood still since the last beat; 0 when it did not."""
        gap = self._clock() - self._last
        self._last += gap
        return gap if gap > STALL_SECONDS else 0.0
