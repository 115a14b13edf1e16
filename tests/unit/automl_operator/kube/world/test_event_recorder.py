"""Our own Events: created in order once this process leads, and dropped if the server refuses them."""

import asyncio
from typing import Any

import pytest

from automl_api.kinds import EVENTS, Kind
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import Fenced, Forbidden
from automl_operator.kube.api.observer import UnobservedApi
from automl_operator.kube.world.event_builder import EventNote
from automl_operator.kube.world.event_recorder import MOST_WAITING, EventRecorder
from builders.experiments import an_experiment
from fakes.api_server import FakeApiServer


class Fence(FakeApiServer):
    """A server that raises the given errors before it accepts an Event."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def create(self, kind: Kind, namespace: str, body: Object, **more: Any) -> Object:
        if self.errors:
            raise self.errors.pop(0)
        return await super().create(kind, namespace, body, **more)


class DropCounter(UnobservedApi):
    """Counts the Events that were given up."""

    def __init__(self) -> None:
        self.dropped = 0

    def event_dropped(self) -> None:
        self.dropped += 1


async def created_events(server: Fence, count: int, expected_drops: int = 0) -> list[str]:
    drops = DropCounter()
    event_recorder = EventRecorder(server, "operator", lambda: 0.0, drops)
    event_recorder.record(an_experiment(), [EventNote("Normal", f"Note{number}", "words") for number in range(count)])
    task = asyncio.create_task(event_recorder.run())
    while server.errors:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)
    task.cancel()
    assert drops.dropped == expected_drops
    return sorted(item["reason"] for item in (await server.list(EVENTS)).items)


async def test_an_event_from_before_leadership_is_created_once_this_process_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("automl_operator.kube.world.event_recorder.STANDBY_SECONDS", 0.001)
    fenced = [Fenced("this process no longer leads") for _ in range(3)]
    assert await created_events(Fence(*fenced), 2) == ["Note0", "Note1"]


async def test_a_refused_event_is_dropped_and_the_next_is_created() -> None:
    assert await created_events(Fence(Forbidden("the namespace is being terminated")), 2, expected_drops=1) == ["Note1"]


async def test_events_above_the_queue_limit_are_dropped() -> None:
    drops = DropCounter()
    event_recorder = EventRecorder(FakeApiServer(), "operator", lambda: 0.0, drops)
    event_recorder.record(an_experiment(), [EventNote("Normal", "Note", "words")] * 1000)
    assert drops.dropped == 1000 - MOST_WAITING
