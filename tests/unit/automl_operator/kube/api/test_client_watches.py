"""The client's watches over HTTP: their events, and the errors of broken watches."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from automl_api.kinds import PODS
from automl_operator.kube.api.errors import Busy, Expired
from builders.scripted_api import POD, READ_POD, ScriptedApi, scripted_api


@pytest.fixture
async def harness() -> AsyncIterator[ScriptedApi]:
    async with scripted_api() as harness:
        yield harness


def line(event: str, item: dict[str, Any]) -> bytes:
    return json.dumps({"type": event, "object": item}).encode() + b"\n"


class TestAWatch:
    async def test_gives_events_and_bookmarks_until_it_ends(self, harness: ScriptedApi) -> None:
        harness.server.streams(line("ADDED", POD), line("BOOKMARK", {"metadata": {"resourceVersion": "9"}}))
        added, bookmark = await harness.watch()
        assert (added.type, added.object) == ("ADDED", READ_POD)
        assert (bookmark.type, bookmark.resource_version) == ("BOOKMARK", "9")
        (asked,) = harness.server.asked
        assert {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "5"}.items() <= asked.query.items()
        assert asked.query["timeoutSeconds"] == "300"
        assert harness.seen.requests == [("watch", "pods", 200)]

    async def test_joins_what_arrives_in_pieces(self, harness: ScriptedApi) -> None:
        whole = line("ADDED", POD) + line("MODIFIED", POD)
        harness.server.streams(whole[:20], whole[20:100], whole[100:])
        assert [event.type for event in await harness.watch()] == ["ADDED", "MODIFIED"]

    async def test_takes_objects_of_any_size(self, harness: ScriptedApi) -> None:
        large = POD | {"data": "x" * 6_000_000}
        harness.server.streams(line("ADDED", large))
        (event,) = await harness.watch()
        assert len(event.object["data"]) == 6_000_000

    @pytest.mark.parametrize(
        "status", [{"code": 410, "reason": "Expired"}, {"code": 504, "message": "Too large resource version"}]
    )
    async def test_that_has_expired_says_so(self, harness: ScriptedApi, status: dict[str, Any]) -> None:
        harness.server.streams(line("ERROR", {"kind": "Status"} | status))
        with pytest.raises(Expired):
            await harness.watch()

    async def test_that_is_refused_says_so(self, harness: ScriptedApi) -> None:
        harness.server.answers(410, {"reason": "Expired"})
        with pytest.raises(Expired):
            await harness.watch()
        harness.server.answers(429, {"message": "slowly"}, headers={"Retry-After": "7"})
        with pytest.raises(Busy) as caught:
            await harness.watch()
        assert caught.value.retry_after == 7.0

    async def test_that_is_cut_is_temporary(self, harness: ScriptedApi) -> None:
        harness.server.streams(line("ADDED", POD), b'{"type": "ADD', then="hang up")
        events = harness.api.watch(PODS, "a", resource_version="5")
        assert (await anext(events)).type == "ADDED"
        with pytest.raises(Busy):
            await anext(events)

    async def test_that_falls_silent_is_given_up(self, harness: ScriptedApi, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("automl_operator.kube.api.client.SILENCE_SECONDS", 0.2)
        harness.server.streams(line("ADDED", POD), then="silence")
        with pytest.raises(Busy):
            await harness.watch()

    async def test_that_nobody_reads_any_more_is_closed(self, harness: ScriptedApi) -> None:
        harness.server.streams(line("ADDED", POD), line("ADDED", POD), then="silence")
        events = harness.api.watch(PODS, "a", resource_version="5")
        async for _ in events:
            break
        await events.aclose()
