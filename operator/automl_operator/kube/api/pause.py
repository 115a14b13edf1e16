"""Exponential backoff with jitter, so that clients do not retry at the same moments."""

from collections.abc import Callable
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 30.0


class Pause:
    """Seconds to wait: half to all of 0.2, 0.4, ... 30, doubling with each failure in a row."""

    def __init__(
        self, *, chance: Callable[[], float], first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        self._chance = chance
        self._first = first
        self._longest = longest
        self._failures = 0

    def longer(self) -> float:
        """Count one more failure, and return the seconds to wait."""
        seconds = min(self._longest, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return seconds * (0.5 + self._chance() / 2)

    def over(self) -> None:
        """Reset after a success: the next failure counts as the first."""
        self._failures = 0
