"""Notices that this process stood still: stopped, starved, or its machine paused.

Runners could not be heard meanwhile. Judged by the clock alone, all of them would have been lost at once.
"""

from collections.abc import Callable
from typing import Final

CHECK_SECONDS: Final = 1.0
STALL_SECONDS: Final = 5.0
"""Beats come late on a busy machine, too; a runner that speaks every 10 s is lost after 30 s."""


class StallDetector:
    """Is to beat every CHECK_SECONDS. `clock` gives unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    def beat(self) -> float:
        """For how many seconds it stood still since the last beat; 0 when it did not."""
        gap = self._clock() - self._last
        self._last += gap
        return gap if gap > STALL_SECONDS else 0.0
