"""A fake API server, a list-watch that follows its Leases in virtual time, and the changes that it reported."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.list_watch import ListWatch
from automl_operator.kube.api.urgency import Urgency
from fakes.api_server import FakeApiServer
from fakes.clock import FakeClock, settle

NAMESPACE = "default"
NAME = (NAMESPACE, "one")


def a_stored_lease(name: str = "one", **spec: Any) -> Object:
    return {"metadata": {"name": name}, "spec": spec}


class ListWatchHarness:
    """A server, a list-watch that follows it, and the changes that it reported."""

    def __init__(self, **options: Any) -> None:
        self.server = FakeApiServer()
        self.clock = FakeClock()
        self.reported: list[tuple[str, Object | None, Object | None]] = []
        self.watch = ListWatch(
            self.server,
            LEASES,
            NAMESPACE,
            on_change=lambda name, old, new: self.reported.append((name[1], old, new)),
            clock=self.clock,
            sleep=self.clock.sleep,
            chance=lambda: 0.0,
            **options,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ListWatchHarness"]:
        task = asyncio.create_task(self.watch.run())
        await settle()
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled(), "run() ended by itself"

    async def create(self, name: str = "one", **spec: Any) -> Object:
        return await self.server.create(LEASES, NAMESPACE, a_stored_lease(name, **spec), urgency=Urgency.OBJECT)

    @property
    def changes(self) -> list[str]:
        return [f"{'+' if old is None else '-' if new is None else '~'}{name}" for name, old, new in self.reported]

    @property
    def stored(self) -> dict[tuple[str, str], Object]:
        return {(NAMESPACE, item["metadata"]["name"]): item for item in self.server.all(LEASES, NAMESPACE)}

    def calls(self, verb: str) -> int:
        return sum(call.verb == verb for call in self.server.calls)
