"""Whether this process leads at this moment, and in which term; and a World that nobody else may write to."""

from collections.abc import AsyncIterator, Callable

from automl_operator.controller.world import Unavailable, World
from automl_operator.decisions.actions import WorldAction
from automl_operator.decisions.snapshot import Key, Snapshot


class Seat:
    """Empty at first; taken once, and left when the process is about to end."""

    def __init__(self) -> None:
        self._term: Callable[[], int | None] = lambda: None

    def term(self) -> int | None:
        """The term of this leader, None while it does not lead; asked before every answer and every write."""
        return self._term()

    def take(self, term: Callable[[], int | None]) -> None:
        """This process leads, as long as `term` says so."""
        self._term = term

    def leave(self) -> None:
        """It leads no more."""
        self._term = lambda: None


class FencedWorld:
    """A World that takes no action from a process whose term is over: one that was frozen and wakes, for example."""

    def __init__(self, world: World, seat: Seat) -> None:
        self._world = world
        self._seat = seat

    async def observe(self, key: Key) -> Snapshot | None:
        """See World."""
        return await self._world.observe(key)

    async def apply(self, key: Key, action: WorldAction) -> None:
        """See World."""
        if self._seat.term() is None:
            raise Unavailable("this process does not lead any more")
        await self._world.apply(key, action)

    def changes(self) -> AsyncIterator[Key]:
        """See World."""
        return self._world.changes()
