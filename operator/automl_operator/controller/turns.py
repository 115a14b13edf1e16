"""A fair lock: one holder at a time, and tenants take turns, however many requests each of them has."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """A lock that goes round the waiting tenants. Within a tenant, requests are served in order."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def of(self, tenant: str) -> AsyncIterator[None]:
        """Hold the lock within the context."""
        await self._wait(tenant)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, tenant: str) -> None:
        if not self._taken:
            self._taken = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give the lock to the next tenant, which then goes to the end of the queue."""
        while self._waiting:
            tenant, queue = self._waiting.popitem(last=False)
            first = queue.popleft()
            if queue:
                self._waiting[tenant] = queue
            if not first.done():
                first.set_result(None)
                return
        self._taken = False
