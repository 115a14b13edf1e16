"""The experiments that may have changed, for each that follows them: what exists first, then as it comes."""

import asyncio
from collections.abc import AsyncIterator, Iterable

from automl_operator.decisions.state.snapshot import Key


class Changes:
    """`add` tells all followers; a key that a follower has not taken yet is told once."""

    def __init__(self) -> None:
        self._followers: list[_Follower] = []

    def add(self, key: Key) -> None:
        """An experiment may have changed."""
        for follower in self._followers:
            follower.add(key)

    async def follow(self, existing: Iterable[Key]) -> AsyncIterator[Key]:
        """Keys, for ever."""
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
