"""The API client, in virtual time, on a server with scripted answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kubernetes.aio.client import Configuration

from automl_api.kinds import PODS, Kind
from automl_operator.kube.api.api import WatchEvent
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.token_bucket import TokenBucket
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.api.wire import Wire
from fakes.clock import FakeClock
from fakes.http_api_server import HttpApiServer

POD = {"metadata": {"name": "x", "namespace": "a", "resourceVersion": "7", "managedFields": [{}]}}
READ_POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "a", "resourceVersion": "7"}}


class Counting:
    """An Observer that keeps the calls that it is notified of."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, int]] = []
        self.term_ends_after: int | None = None
        self.turns: list[Urgency] = []

    def leads(self) -> bool:
        return self.term_ends_after is None or len(self.requests) < self.term_ends_after

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        assert seconds >= 0.0
        self.requests.append((verb, kind.plural, code))

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        assert seconds >= 0.0
        self.turns.append(urgency)

    def watched(self, kind: Kind, event: str) -> None:
        raise AssertionError("ListWatch reports watches, the client does not")

    def relisted(self, kind: Kind, why: str) -> None:
        raise AssertionError("ListWatch reports lists, the client does not")

    def event_dropped(self) -> None:
        raise AssertionError("EventRecorder reports Events, the client does not")


class ScriptedApi:
    """A client, the server that it calls, and the observer of its calls."""

    def __init__(self, server: HttpApiServer, api: KubernetesApi, clock: FakeClock, seen: Counting) -> None:
        self.server = server
        self.api = api
        self.clock = clock
        self.seen = seen

    async def in_time(self, call: Any) -> tuple[Any, float]:
        """The call's answer, and the virtual seconds that it waited for."""
        started = self.clock.now
        task = asyncio.ensure_future(call)
        async with asyncio.timeout(20.0):
            while not task.done():
                if (seconds := self.clock.until_next_wake()) is not None:
                    await self.clock.advance(seconds)
                await asyncio.wait([task], timeout=0.005)
        return (task.exception() or task.result()), self.clock.now - started

    async def watch(self) -> list[WatchEvent]:
        return [event async for event in self.api.watch(PODS, "a", resource_version="5")]


@asynccontextmanager
async def scripted_api() -> AsyncIterator[ScriptedApi]:
    """A client in virtual time, on a server whose answers a test scripts."""
    clock, seen = FakeClock(), Counting()
    async with HttpApiServer().serving() as server:
        configuration = Configuration(host=server.url, api_key={"BearerToken": "Bearer secret"})
        bucket = TokenBucket(clock=clock, sleep=clock.sleep)
        wire = Wire(configuration)
        async with KubernetesApi(
            wire,
            bucket=bucket,
            observer=seen,
            may_write=seen.leads,
            clock=clock,
            sleep=clock.sleep,
            chance=lambda: 1.0,
        ) as api:
            yield ScriptedApi(server, api, clock, seen)
