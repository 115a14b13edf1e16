"""Passes on the keys of experiments that may have changed. Each follower gets the existing ones first."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from automl_operator.decisions.state.snapshot import Key


class Changes:
    """`add` reaches all followers. A follower gets a key once, however often it was added meanwhile."""

    def __init__(self) -> None:
        self._followers: list[_Follower] = []

    def add(self, key: Key) -> None:
        """Report that an experiment may have changed."""
        for follower in self._followers:
            follower.add(key)

    async def follow(self, existing: Iterable[Key]) -> AsyncIterator[Key]:
        """Yield the existing keys, then changed ones, for ever."""
        follower = _Follower(existing)
        self._followers.append(follower)
        try:
            while True:
                yield await follower.next()
        finally:
            self._followers.remove(follower)


class _Follower:
    def __init__(self, existing: Iterable[Key]) -> None:
        self._waiting = dict.fromkeys(existing)
        self._news = asyncio.Event()

    def add(self, key: Key) -> None:
        self._waiting[key] = None
        self._news.set()

    async def next(self) -> Key:
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        key = next(iter(self._waiting))
        del self._waiting[key]
        return key
