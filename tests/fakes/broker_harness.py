"""A broker on loopback with its memories, and runners that call it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from automl_api.protocol import LeaseRequest, Result, ResultRequest
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.broker.limits import Limits
from automl_operator.broker.observer import UnobservedBroker
from automl_operator.broker.server import Broker
from automl_operator.broker.serving import serving
from automl_operator.decisions.state.snapshot import Key
from builders.control import an_announcement
from fakes.clock import FakeClock
from fakes.runner import HttpRunner

CHURN, ADULT = Key("default", "churn"), Key("default", "adult")
TOKENS = {"token-1": RunnerId(CHURN, "one", "r1"), "token-2": RunnerId(ADULT, "two", "r2")}


async def identify(token: str) -> RunnerId:
    if token not in TOKENS:
        raise Unauthorized("the token belongs to no live runner")
    return TOKENS[token]


class RefusalsObserver(UnobservedBroker):
    """Remembers the reasons for which calls were turned away."""

    def __init__(self, reasons: list[str]) -> None:
        self._reasons = reasons

    def turned_away(self, reason: str) -> None:
        """One more call was turned away."""
        self._reasons.append(reason)


class BrokerHarness:
    """A broker on loopback with its memories, and runners that call it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.clock = FakeClock()
        self.memories = ExperimentMemories(self.clock)
        self.changed: list[Key] = []
        self.memories.on_change = self.changed.append
        self.term: int | None = 7
        self.turned_away: list[str] = []
        observer = RefusalsObserver(self.turned_away)
        self.broker = Broker(identify, self.memories, term=lambda: self.term, body_seconds=0.2, observer=observer)
        self.session = session
        self.url = ""

    def runner(self, token: str = "token-1") -> HttpRunner:
        return HttpRunner(self.session, self.url, token)

    @property
    def memory(self) -> ExperimentMemory:
        return self.memories.of(CHURN)

    async def waiting(self, free: int = 1) -> None:
        """Wait until the one runner of the experiment waits with `free` free slots."""
        async with asyncio.timeout(5):
            while [session.free for session in self.memory.view(self.clock()).sessions] != [free]:  # noqa: ASYNC110
                await asyncio.sleep(0.001)


@asynccontextmanager
async def a_harness(tls: ssl.SSLContext | None = None, limits: Limits = Limits()) -> AsyncIterator[BrokerHarness]:  # noqa: B008
    async with aiohttp.ClientSession() as session:
        harness = BrokerHarness(session)
        async with serving(harness.broker, tls=tls, limits=limits) as harness.url:
            yield harness


def lease_body(**fields: Any) -> str:
    """The body of a lease call that does not wait."""
    defaults: dict[str, Any] = {"announcement": an_announcement(), "free": 1, "wait_seconds": 0.0}
    return LeaseRequest(**(defaults | fields)).to_json()


def result_body(result: Result, **fields: Any) -> str:
    """The body of a result call that asks for nothing."""
    defaults: dict[str, Any] = {"announcement": an_announcement(), "free": 0}
    return ResultRequest(result=result, **(defaults | fields)).to_json()
