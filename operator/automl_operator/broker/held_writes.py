"""Writes that the World refused or failed to do, with a delay that grows with each retry."""

from typing import Final

from automl_api.backoff import Backoff
from automl_operator.decisions.state.broker_state import HeldWrite, WriteKind

FIRST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 30.0
FORGET_SECONDS: Final = 2 * LONGEST_SECONDS
"""A failure later than this after the last retry was due counts as the first of its kind."""


class HeldWrites:
    """The last failure of each kind of write, until such a write succeeds. Starts of runners are held by pool."""

    def __init__(self) -> None:
        self._held: dict[tuple[WriteKind, str], HeldWrite] = {}
        self._backoffs: dict[tuple[WriteKind, str], Backoff] = {}

    def held(self) -> tuple[HeldWrite, ...]:
        """The failed writes that have not succeeded since."""
        return tuple(self._held.values())

    def failed(
        self, what: WriteKind, reason: str, message: str, now: float, *, pool: str = "", refused: bool = False
    ) -> None:
        """Record a failed or refused write, and delay its retry."""
        key = (what, pool)
        before = self._held.get(key)
        if before is None or now >= before.until + FORGET_SECONDS:
            self._backoffs[key] = Backoff(FIRST_SECONDS, LONGEST_SECONDS)
        until = now + self._backoffs[key].failed()
        self._held[key] = HeldWrite(what, reason, message, until, refused=refused, pool=pool)

    def succeeded(self, what: WriteKind, pool: str = "") -> None:
        """Record that a write of this kind succeeded."""
        self._held.pop((what, pool), None)
        self._backoffs.pop((what, pool), None)
