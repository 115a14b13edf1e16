"""A queue of experiments to reconcile. One task at a time works on a key, after each event and again after a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from automl_operator.decisions.state.snapshot import Key


@dataclass(frozen=True)
class Next:
    """The time of the next work on the key: after `seconds`, or (None) when it is added.

    With `ignores_additions`, additions before then are ignored.
    """

    seconds: float | None = None
    ignores_additions: bool = False


Work = Callable[[Key], Awaitable[Next]]
"""Works on a key. Never raises."""


class KeyedQueue:
    """Runs `work` for every key that is added: different keys concurrently, the same key never twice at once.

    A key that is added once or more while it is being worked on is worked on once more.
    """

    def __init__(
        self,
        work: Work,
        sleep: Callable[[float], Awaitable[None]],
        *,
        at_once: int = 16,
        on_add: Callable[[Key], None] = lambda key: None,  # noqa: ARG005
    ) -> None:
        self._work = work
        self._sleep = sleep
        self._on_add = on_add
        self._closed = False
        self._room = asyncio.Semaphore(at_once)
        self._again: set[Key] = set()
        self._busy: dict[Key, asyncio.Task[None]] = {}
        self._timers: dict[Key, asyncio.Task[None]] = {}
        self._ignoring: set[Key] = set()

    def add(self, key: Key) -> None:
        """Schedule a key as soon as possible."""
        if key in self._ignoring or self._closed:
            return
        self._on_add(key)
        if key in self._busy:
            self._again.add(key)
        else:
            self._start(key)

    def _start(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        self._busy[key] = asyncio.create_task(self._run(key))

    async def close(self, drain_seconds: float = 0.0) -> None:
        """Take no more keys, give work in progress `drain_seconds` to finish, and cancel the rest."""
        self._closed = True
        if drain_seconds > 0 and self._busy:
            await asyncio.wait(list(self._busy.values()), timeout=drain_seconds)
        tasks = [*self._busy.values(), *self._timers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: Key) -> None:
        async with self._room:
            self._again.discard(key)
            following = await self._work(key)
        del self._busy[key]
        if self._closed:
            return
        if following.ignores_additions:
            self._ignoring.add(key)
        elif key in self._again:
            self._start(key)
            return
        if following.seconds is not None:
            self._timers[key] = asyncio.create_task(self._later(key, following.seconds))

    async def _later(self, key: Key, seconds: float) -> None:
        await self._sleep(seconds)
        del self._timers[key]
        self._ignoring.discard(key)
        self.add(key)
