"""Runners that could not be started: the World refused for now, and is asked again later and later."""

from collections import Counter
from typing import Final

from automl_operator.decisions.desk import HeldStart

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 30.0


class Starts:
    """The last failure of each pool where no runner was started since."""

    def __init__(self) -> None:
        self._held: dict[str, HeldStart] = {}
        self._failures: Counter[str] = Counter()

    def held(self) -> tuple[HeldStart, ...]:
        """What keeps runners from being started."""
        return tuple(self._held.values())

    def failed(self, pool: str, reason: str, message: str, now: float) -> None:
        """A runner of a pool could not be started."""
        pause = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._failures[pool], 16))
        self._failures[pool] += 1
        self._held[pool] = HeldStart(pool, reason, message, now + pause)

    def succeeded(self, pool: str) -> None:
        """A runner of a pool was started."""
        self._held.pop(pool, None)
        self._failures.pop(pool, None)
