"""Exponential backoff: the time to wait before a retry."""

from collections.abc import Callable

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 30.0
_MOST_DOUBLINGS = 16
"""More would overflow a float; `longest` is reached long before."""


class Backoff:
    """Seconds that double with each failure in a row, from `first` to `longest`.

    `jitter` is the random share of the seconds, from 0 to 1, so that clients do not retry in step; `chance` draws
    numbers from 0 to 1. Method: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
    """

    def __init__(
        self,
        first: float = FIRST_SECONDS,
        longest: float = LONGEST_SECONDS,
        *,
        jitter: float = 0.0,
        chance: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._first = first
        self._longest = longest
        self._jitter = jitter
        self._chance = chance
        self._failures = 0

    def failed(self) -> float:
        """Count one more failure; returns the seconds to wait."""
        seconds = min(self._longest, self._first * 2.0 ** min(self._failures, _MOST_DOUBLINGS))
        self._failures += 1
        return seconds * (1.0 - self._jitter * (1.0 - self._chance()))

    def succeeded(self) -> None:
        """Forget the failures: the next one counts as the first."""
        self._failures = 0
