"""A clock that moves only by `advance`."""

import asyncio
import heapq
from itertools import count


class FakeClock:
    """Unix seconds that stand still until `advance`; `sleep` waits in the same time."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._order = count()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has moved on by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        over = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), over))
        await over.wait()

    def until_next_wake(self) -> float | None:
        """Seconds until the first sleeper wakes; None if nobody sleeps."""
        return max(0.0, self._sleepers[0][0] - self.now) if self._sleepers else None

    async def advance(self, seconds: float) -> None:
        """Move on, and wake the sleepers in their order; each runs until it waits again."""
        end = self.now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, over = heapq.heappop(self._sleepers)
            self.now = max(self.now, due)
            over.set()
            await settle()
        self.now = end
        await settle()


async def settle() -> None:
    """Let every task run until it waits for the clock or for I/O."""
    for _ in range(50):
        await asyncio.sleep(0)
