"""The client over HTTP: what it sends, what it tries again, what a broken watch is to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes.aio.client import Configuration

from automl_api.kinds import EXPERIMENTS, JOBS, PODS, Kind
from automl_operator.kube.api.api import WatchEvent
from automl_operator.kube.api.bucket import Bucket
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.errors import Busy, Exists, Expired, Forbidden, Invalid, NotFound
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.api.wire import Wire
from fakes.clock import FakeClock
from fakes.http_api_server import HttpApiServer

POD = {"metadata": {"name": "x", "namespace": "a", "resourceVersion": "7", "managedFields": [{}]}}
TOLD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "a", "resourceVersion": "7"}}


class Counting:
    """An Observer that keeps what it sees."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, int]] = []
        self.turns: list[Urgency] = []

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        assert seconds >= 0.0
        self.requests.append((verb, kind.plural, code))

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        assert seconds >= 0.0
        self.turns.append(urgency)

    def watched(self, kind: Kind, event: str) -> None:
        raise AssertionError("watches are told of by ListWatch")

    def relisted(self, kind: Kind, why: str) -> None:
        raise AssertionError("lists are told of by ListWatch")


class House:
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
                if self.clock._sleepers:
                    await self.clock.advance(max(0.0, self.clock._sleepers[0][0] - self.clock.now))
                await asyncio.wait([task], timeout=0.005)
        return (task.exception() or task.result()), self.clock.now - started

    async def watch(self) -> list[WatchEvent]:
        return [event async for event in self.api.watch(PODS, "a", resource_version="5")]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock, seen = FakeClock(), Counting()
    async with HttpApiServer().serving() as server:
        configuration = Configuration(host=server.url, api_key={"BearerToken": "Bearer secret"})
        bucket = Bucket(clock=clock, sleep=clock.sleep)
        wire = Wire(configuration)
        api = KubernetesApi(wire, bucket=bucket, observer=seen, clock=clock, sleep=clock.sleep, chance=lambda: 1.0)
        async with api:
            yield House(server, api, clock, seen)


def line(event: str, item: dict[str, Any]) -> bytes:
    return json.dumps({"type": event, "object": item}).encode() + b"\n"


class TestWhatIsSent:
    async def test_says_who_we_are(self, house: House) -> None:
        house.server.answers(200, POD)
        assert await house.api.get(PODS, "a", "x") == TOLD
        (asked,) = house.server.asked
        assert asked.headers["Authorization"] == "Bearer secret"
        assert asked.headers["User-Agent"] == "automl-operator"
        assert house.seen.requests == [("get", "pods", 200)]

    async def test_a_create_names_kind_and_owner_of_fields(self, house: House) -> None:
        house.server.answers(201, POD)
        await house.api.create(JOBS, "a", {"metadata": {"name": "x"}}, urgency=Urgency.OBJECT)
        (asked,) = house.server.asked
        assert (asked.method, asked.path) == ("POST", "/apis/batch/v1/namespaces/a/jobs")
        assert asked.query == {"fieldManager": "automl-operator"}
        assert asked.body == {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}}

    async def test_a_status_is_applied(self, house: House) -> None:
        house.server.answers(200, POD)
        await house.api.apply_status(EXPERIMENTS, "a", "x", {"state": "Pending"}, urgency=Urgency.STATUS)
        (asked,) = house.server.asked
        assert (asked.method, asked.path.rsplit("/", 2)[1:]) == ("PATCH", ["x", "status"])
        assert asked.query == {"fieldManager": "automl-operator", "force": "true"}
        assert asked.headers["Content-Type"] == "application/apply-patch+yaml"
        assert asked.body["metadata"] == {"name": "x", "namespace": "a"}
        assert asked.body["status"] == {"state": "Pending"}

    async def test_a_status_of_one_object_is_fenced_by_the_version_last_seen(self, house: House) -> None:
        stored = [{"metadata": {"name": "x", "uid": "u", "resourceVersion": str(version)}} for version in range(7)]
        house.server.answers(200, stored[1])  # read, as nothing was seen yet
        house.server.answers(200, stored[2])
        house.server.answers(200, stored[3])
        house.server.answers(409, {"reason": "Conflict"})  # somebody else wrote
        house.server.answers(200, stored[5])
        house.server.answers(200, stored[6])
        for _ in range(3):
            await house.api.apply_status(EXPERIMENTS, "a", "x", {}, uid="u", urgency=Urgency.STATUS)
        versions = [asked.body["metadata"]["resourceVersion"] for asked in house.server.asked if asked.body]
        assert versions == ["1", "2", "3", "5"]
        assert [verb for verb, *_ in house.seen.requests] == ["get", "apply", "apply", "apply", "get", "apply"]

    async def test_a_patch_is_a_merge_patch_for_every_kind(self, house: House) -> None:
        house.server.answers(200, POD)
        await house.api.patch(PODS, "a", "x", {"metadata": {"labels": None}}, urgency=Urgency.OBJECT)
        (asked,) = house.server.asked
        assert asked.headers["Content-Type"] == "application/merge-patch+json"
        assert asked.body == {"metadata": {"labels": None}}

    async def test_a_delete_works_in_the_background_and_on_what_is_meant(self, house: House) -> None:
        house.server.answers(200, {"kind": "Status"})
        await house.api.delete(JOBS, "a", "x", uid="u", urgency=Urgency.OBJECT)
        (asked,) = house.server.asked
        assert asked.body["propagationPolicy"] == "Background"
        assert asked.body["preconditions"] == {"uid": "u"}

    async def test_a_list_follows_all_pages(self, house: House) -> None:
        house.server.answers(200, {"metadata": {"resourceVersion": "9", "continue": "more"}, "items": [POD]})
        house.server.answers(200, {"metadata": {"resourceVersion": "9"}, "items": [POD]})
        listing = await house.api.list(PODS, labels="a=b", fields="c=d")
        assert (listing.items, listing.resource_version) == ((TOLD, TOLD), "9")
        first, second = (asked.query for asked in house.server.asked)
        assert first == {"limit": "500", "labelSelector": "a=b", "fieldSelector": "c=d"}
        assert second == first | {"continue": "more"}

    async def test_a_list_that_is_not_the_servers_is_no_empty_list(self, house: House) -> None:
        house.server.answers(200, {"message": "sign in to the proxy"})
        with pytest.raises(Busy, match="pods"):
            await house.api.list(PODS)

    async def test_a_document_is_read(self, house: House) -> None:
        house.server.answers(200, {"keys": []})
        assert (await house.api.document("/openid/v1/jwks"))["keys"] == []
        assert house.server.asked[0].path == "/openid/v1/jwks"


class TestWhatIsTriedAgain:
    async def test_a_server_that_is_away_until_it_is_back(self, house: House) -> None:
        house.server.hangs_up()
        house.server.hangs_up()  # the first one is tried again by aiohttp, as it is a GET
        house.server.answers(503, {"message": "away"})
        house.server.answers(200, POD)
        answer, waited = await house.in_time(house.api.get(PODS, "a", "x"))
        assert answer == TOLD
        assert waited == pytest.approx(0.2 + 0.4)
        assert [code for *_, code in house.seen.requests] == [0, 503, 200]
        assert len(house.seen.turns) == 3

    async def test_and_not_for_ever(self, house: House) -> None:
        house.server.answers(500, {"message": "broken"}, times=10)
        error, _ = await house.in_time(house.api.get(PODS, "a", "x"))
        assert isinstance(error, Busy)
        assert len(house.server.asked) == 4

    @pytest.mark.parametrize("status", [429, 503])
    async def test_not_before_the_time_that_the_server_asks_for_and_nobody_else_either(
        self, house: House, status: int
    ) -> None:
        house.server.answers(status, {"message": "slowly"}, headers={"Retry-After": "7"})
        house.server.answers(200, POD, times=2)
        first = asyncio.create_task(house.api.get(PODS, "a", "x"))
        while house.seen.requests == []:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        second = asyncio.create_task(house.api.get(PODS, "a", "x", urgency=Urgency.CLAIM))
        _, waited = await house.in_time(asyncio.gather(first, second))
        assert waited == pytest.approx(7.0)

    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            (403, {"message": "exceeded quota"}, Forbidden),
            (422, {"message": "wrong"}, Invalid),
            (413, "too large", Invalid),
            (500, {"message": "etcdserver: request is too large"}, Invalid),
            (404, {"message": "no namespace"}, NotFound),
        ],
        ids=["forbidden", "invalid", "too large", "too large for etcd", "no namespace"],
    )
    async def test_but_never_what_is_permanent(
        self, house: House, status: int, body: Any, kind: type[Exception]
    ) -> None:
        house.server.answers(status, body)
        with pytest.raises(kind):
            await house.api.create(PODS, "a", {}, urgency=Urgency.OBJECT)

    async def test_a_create_without_an_answer_may_find_itself(self, house: House) -> None:
        house.server.hangs_up()
        house.server.answers(409, {"reason": "AlreadyExists", "message": "pods x already exists"})
        error, _ = await house.in_time(house.api.create(PODS, "a", {}, urgency=Urgency.CLAIM))
        assert isinstance(error, Exists)

    async def test_a_delete_without_an_answer_may_have_been_done(self, house: House) -> None:
        house.server.hangs_up()
        house.server.answers(404, {"reason": "NotFound"})
        answer, _ = await house.in_time(house.api.delete(PODS, "a", "x", urgency=Urgency.OBJECT))
        assert answer is None

    async def test_what_a_proxy_says_is_kept(self, house: House) -> None:
        house.server.answers(403, "no way through")
        with pytest.raises(Forbidden, match="no way through"):
            await house.api.get(PODS, "a", "x")


class TestAWatch:
    async def test_gives_events_and_bookmarks_until_it_ends(self, house: House) -> None:
        house.server.streams(line("ADDED", POD), line("BOOKMARK", {"metadata": {"resourceVersion": "9"}}))
        added, bookmark = await house.watch()
        assert (added.type, added.object) == ("ADDED", TOLD)
        assert (bookmark.type, bookmark.resource_version) == ("BOOKMARK", "9")
        (asked,) = house.server.asked
        assert {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": "5"}.items() <= asked.query.items()
        assert asked.query["timeoutSeconds"] == "300"
        assert house.seen.requests == [("watch", "pods", 200)]

    async def test_joins_what_arrives_in_pieces(self, house: House) -> None:
        whole = line("ADDED", POD) + line("MODIFIED", POD)
        house.server.streams(whole[:20], whole[20:100], whole[100:])
        assert [event.type for event in await house.watch()] == ["ADDED", "MODIFIED"]

    async def test_takes_objects_of_any_size(self, house: House) -> None:
        large = POD | {"data": "x" * 6_000_000}
        house.server.streams(line("ADDED", large))
        (event,) = await house.watch()
        assert len(event.object["data"]) == 6_000_000

    @pytest.mark.parametrize(
        "status", [{"code": 410, "reason": "Expired"}, {"code": 504, "message": "Too large resource version"}]
    )
    async def test_that_has_expired_says_so(self, house: House, status: dict[str, Any]) -> None:
        house.server.streams(line("ERROR", {"kind": "Status"} | status))
        with pytest.raises(Expired):
            await house.watch()

    async def test_that_is_refused_says_so(self, house: House) -> None:
        house.server.answers(410, {"reason": "Expired"})
        with pytest.raises(Expired):
            await house.watch()
        house.server.answers(429, {"message": "slowly"}, headers={"Retry-After": "7"})
        with pytest.raises(Busy) as caught:
            await house.watch()
        assert caught.value.retry_after == 7.0

    async def test_that_is_cut_is_temporary(self, house: House) -> None:
        house.server.streams(line("ADDED", POD), b'{"type": "ADD', then="hang up")
        events = house.api.watch(PODS, "a", resource_version="5")
        assert (await anext(events)).type == "ADDED"
        with pytest.raises(Busy):
            await anext(events)

    async def test_that_falls_silent_is_given_up(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("automl_operator.kube.api.client.SILENCE_SECONDS", 0.2)
        house.server.streams(line("ADDED", POD), then="silence")
        with pytest.raises(Busy):
            await house.watch()

    async def test_that_nobody_reads_any_more_is_closed(self, house: House) -> None:
        house.server.streams(line("ADDED", POD), line("ADDED", POD), then="silence")
        events = house.api.watch(PODS, "a", resource_version="5")
        async for _ in events:
            break
        await events.aclose()
