"""One token bucket for all calls to the API server: they share its rate limit, so urgent calls go first."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from automl_operator.kube.api.urgency import Urgency

EVERY: Final = 10
"""One turn in EVERY goes to the longest waiter, so that many claims delay status writes but never stop them."""


ENOUGH: Final = 1.0 - 1e-9
"""One token, but for the clock's rounding error."""


@dataclass(frozen=True, eq=False)
class _Waiter:
    number: int
    turn: asyncio.Future[None]


class TokenBucket:
    """Lets `burst` calls through at once and `qps` a second in the long run, in the order of their Urgency.

    Calls of the same urgency are served in order of arrival. Every tenth turn goes to the longest waiter of all.
    """

    def __init__(
        self,
        *,
        qps: float = 50.0,
        burst: int = 100,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._qps = qps
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._tokens = float(burst)
        self._filled_at = clock()
        self._closed_until = 0.0
        self._turns = 0
        self._numbers = count()
        self._waiting: dict[Urgency, deque[_Waiter]] = {urgency: deque() for urgency in Urgency}
        self._server: asyncio.Task[None] | None = None

    async def take(self, urgency: Urgency) -> float:
        """Wait for a turn, and return the seconds waited. A cancelled waiter uses no token."""
        since = self._clock()
        waiter = _Waiter(next(self._numbers), asyncio.get_running_loop().create_future())
        self._waiting[urgency].append(waiter)
        self._serve()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            self._leave(urgency, waiter)
            raise
        return self._clock() - since

    def pause(self, seconds: float) -> None:
        """Give no turns for `seconds`, because the server asked for it."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)

    def _leave(self, urgency: Urgency, waiter: _Waiter) -> None:
        """Remove a cancelled waiter. A waiter that already had its turn gives the token back."""
        if waiter in self._waiting[urgency]:
            self._waiting[urgency].remove(waiter)
        else:
            self._tokens += 1.0
        self._serve()

    def _serve(self) -> None:
        """Give turns now; while calls still wait, a task gives them later turns."""
        self._give_turns()
        if any(self._waiting.values()):
            if self._server is None:
                self._server = asyncio.get_running_loop().create_task(self._give_turns_in_time())
        elif self._server is not None:
            self._server.cancel()
            self._server = None

    async def _give_turns_in_time(self) -> None:
        while any(self._waiting.values()):
            await self._sleep(self._seconds_to_turn())
            self._give_turns()
        self._server = None

    def _give_turns(self) -> None:
        now = self._clock()
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._qps)
        self._filled_at = now
        while now >= self._closed_until and self._tokens >= ENOUGH and any(self._waiting.values()):
            self._tokens -= 1.0
            self._turns += 1
            turn = self._next().turn
            if not turn.done():  # a cancelled waiter gives its token back itself
                turn.set_result(None)

    def _next(self) -> _Waiter:
        queues = [queue for queue in self._waiting.values() if queue]
        if self._turns % EVERY == 0:
            return min(queues, key=lambda queue: queue[0].number).popleft()
        return queues[0].popleft()

    def _seconds_to_turn(self) -> float:
        token = (1.0 - self._tokens) / self._qps
        return max(token, self._closed_until - self._clock(), 0.0)
