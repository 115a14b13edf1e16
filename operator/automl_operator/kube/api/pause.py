"""How long to wait after the server failed us: doubling, with a part left to chance so that clients do not march in step."""

from collections.abc import Callable
from typing import Final

FIRST_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 30.0


class Pause:
    """Seconds that double with each failure in a row, between half and all of 0.2, 0.4, ... 30."""

    def __init__(
        self, *, chance: Callable[[], float], first: float = FIRST_SECONDS, longest: float = LONGEST_SECONDS
    ) -> None:
        self._chance = chance
        self._first = first
        self._longest = longest
        self._failures = 0

    def longer(self) -> float:
        """One more failure; returns the seconds to wait."""
        seconds = min(self._longest, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return seconds * (0.5 + self._chance() / 2)

    def over(self) -> None:
        """It worked: the next failure is a first one."""
        self._failures = 0
