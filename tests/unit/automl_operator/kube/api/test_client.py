"""The client over HTTP: its requests and its retries."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from automl_api.kinds import EXPERIMENTS, JOBS, PODS
from automl_operator.kube.api.errors import Busy, Exists, Fenced, Forbidden, Invalid, NotFound
from automl_operator.kube.api.urgency import Urgency
from builders.scripted_api import POD, READ_POD, ScriptedApi, scripted_api


@pytest.fixture
async def harness() -> AsyncIterator[ScriptedApi]:
    async with scripted_api() as harness:
        yield harness


class TestWhatIsSent:
    async def test_says_who_we_are(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, POD)
        assert await harness.api.get(PODS, "a", "x") == READ_POD
        (asked,) = harness.server.asked
        assert asked.headers["Authorization"] == "Bearer secret"
        assert asked.headers["User-Agent"] == "automl-operator"
        assert harness.seen.requests == [("get", "pods", 200)]

    async def test_a_create_names_kind_and_owner_of_fields(self, harness: ScriptedApi) -> None:
        harness.server.answers(201, POD)
        await harness.api.create(JOBS, "a", {"metadata": {"name": "x"}}, urgency=Urgency.OBJECT)
        (asked,) = harness.server.asked
        assert (asked.method, asked.path) == ("POST", "/apis/batch/v1/namespaces/a/jobs")
        assert asked.query == {"fieldManager": "automl-operator"}
        assert asked.body == {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}}

    async def test_a_status_is_applied(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, POD)
        await harness.api.apply_status(EXPERIMENTS, "a", "x", {"state": "Pending"}, urgency=Urgency.STATUS)
        (asked,) = harness.server.asked
        assert (asked.method, asked.path.rsplit("/", 2)[1:]) == ("PATCH", ["x", "status"])
        assert asked.query == {"fieldManager": "automl-operator", "force": "true"}
        assert asked.headers["Content-Type"] == "application/apply-patch+yaml"
        assert asked.body["metadata"] == {"name": "x", "namespace": "a"}
        assert asked.body["status"] == {"state": "Pending"}

    async def test_a_status_of_one_object_is_fenced_by_the_version_last_seen(self, harness: ScriptedApi) -> None:
        stored = [{"metadata": {"name": "x", "uid": "u", "resourceVersion": str(version)}} for version in range(7)]
        harness.server.answers(200, stored[1])  # a read, because nothing was seen yet
        harness.server.answers(200, stored[2])
        harness.server.answers(200, stored[3])
        harness.server.answers(409, {"reason": "Conflict"})  # somebody else wrote
        harness.server.answers(200, stored[5])
        harness.server.answers(200, stored[6])
        for _ in range(3):
            await harness.api.apply_status(EXPERIMENTS, "a", "x", {}, uid="u", urgency=Urgency.STATUS)
        versions = [asked.body["metadata"]["resourceVersion"] for asked in harness.server.asked if asked.body]
        assert versions == ["1", "2", "3", "5"]
        assert [verb for verb, *_ in harness.seen.requests] == ["get", "apply", "apply", "apply", "get", "apply"]

    async def test_a_patch_is_a_merge_patch_for_every_kind(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, POD)
        await harness.api.patch(PODS, "a", "x", {"metadata": {"labels": None}}, urgency=Urgency.OBJECT)
        (asked,) = harness.server.asked
        assert asked.headers["Content-Type"] == "application/merge-patch+json"
        assert asked.body == {"metadata": {"labels": None}}

    async def test_a_delete_is_in_the_background_and_fenced_by_the_uid(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, {"kind": "Status"})
        await harness.api.delete(JOBS, "a", "x", uid="u", urgency=Urgency.OBJECT)
        (asked,) = harness.server.asked
        assert asked.body["propagationPolicy"] == "Background"
        assert asked.body["preconditions"] == {"uid": "u"}

    async def test_a_list_follows_all_pages(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, {"metadata": {"resourceVersion": "9", "continue": "more"}, "items": [POD]})
        harness.server.answers(200, {"metadata": {"resourceVersion": "9"}, "items": [POD]})
        listing = await harness.api.list(PODS, labels="a=b", fields="c=d")
        assert (listing.items, listing.resource_version) == ((READ_POD, READ_POD), "9")
        first, second = (asked.query for asked in harness.server.asked)
        assert first == {"limit": "500", "labelSelector": "a=b", "fieldSelector": "c=d"}
        assert second == {**first, "continue": "more"}

    async def test_an_answer_that_is_not_a_list_is_an_error(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, {"message": "sign in to the proxy"})
        with pytest.raises(Busy, match="pods"):
            await harness.api.list(PODS)

    async def test_a_document_is_read(self, harness: ScriptedApi) -> None:
        harness.server.answers(200, {"keys": []})
        assert (await harness.api.document("/openid/v1/jwks"))["keys"] == []
        assert harness.server.asked[0].path == "/openid/v1/jwks"


class TestAClientThatNoLongerLeads:
    async def test_writes_nothing_but_may_read(self, harness: ScriptedApi) -> None:
        harness.seen.term_ends_after = 0
        harness.server.answers(200, POD)
        with pytest.raises(Fenced, match="no longer leads"):
            await harness.api.create(JOBS, "a", {"metadata": {"name": "x"}}, urgency=Urgency.OBJECT)
        with pytest.raises(Fenced):
            await harness.api.delete(JOBS, "a", "x", urgency=Urgency.OBJECT)
        assert await harness.api.get(PODS, "a", "x") == READ_POD
        assert [asked.method for asked in harness.server.asked] == ["GET"]

    async def test_does_not_retry_a_call_that_was_refused_while_it_led(self, harness: ScriptedApi) -> None:
        harness.seen.term_ends_after = 1
        harness.server.answers(503, {"message": "away"})
        error, _ = await harness.in_time(harness.api.patch(PODS, "a", "x", {}, urgency=Urgency.OBJECT))
        assert isinstance(error, Fenced)
        assert len(harness.server.asked) == 1

    async def test_does_not_overwrite_the_next_leaders_writes(self, harness: ScriptedApi) -> None:
        harness.seen.term_ends_after = 2
        harness.server.answers(200, {"metadata": {"name": "x", "uid": "u", "resourceVersion": "1"}})
        harness.server.answers(409, {"reason": "Conflict"})
        harness.server.answers(200, {"metadata": {"name": "x", "uid": "u", "resourceVersion": "2"}})
        with pytest.raises(Fenced):
            await harness.api.apply_status(EXPERIMENTS, "a", "x", {}, uid="u", urgency=Urgency.STATUS)


class TestRetries:
    async def test_an_unavailable_server_is_retried_until_it_is_back(self, harness: ScriptedApi) -> None:
        harness.server.hangs_up()
        harness.server.hangs_up()  # aiohttp itself retries the first one, because it is a GET
        harness.server.answers(503, {"message": "away"})
        harness.server.answers(200, POD)
        answer, waited = await harness.in_time(harness.api.get(PODS, "a", "x"))
        assert answer == READ_POD
        assert waited == pytest.approx(0.2 + 0.4)
        assert [code for *_, code in harness.seen.requests] == [0, 503, 200]
        assert len(harness.seen.turns) == 3

    async def test_retries_end(self, harness: ScriptedApi) -> None:
        harness.server.answers(500, {"message": "broken"}, times=10)
        error, _ = await harness.in_time(harness.api.get(PODS, "a", "x"))
        assert isinstance(error, Busy)
        assert len(harness.server.asked) == 4

    @pytest.mark.parametrize("status", [429, 503])
    async def test_no_call_goes_out_before_the_time_that_the_server_asks_for(
        self, harness: ScriptedApi, status: int
    ) -> None:
        harness.server.answers(status, {"message": "slowly"}, headers={"Retry-After": "7"})
        harness.server.answers(200, POD, times=2)
        first = asyncio.create_task(harness.api.get(PODS, "a", "x"))
        while harness.seen.requests == []:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        second = asyncio.create_task(harness.api.get(PODS, "a", "x", urgency=Urgency.CLAIM))
        _, waited = await harness.in_time(asyncio.gather(first, second))
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
    async def test_a_permanent_error_is_not_retried(
        self, harness: ScriptedApi, status: int, body: Any, kind: type[Exception]
    ) -> None:
        harness.server.answers(status, body)
        with pytest.raises(kind):
            await harness.api.create(PODS, "a", {}, urgency=Urgency.OBJECT)

    async def test_a_retried_create_reports_that_its_own_object_exists(self, harness: ScriptedApi) -> None:
        harness.server.hangs_up()
        harness.server.answers(409, {"reason": "AlreadyExists", "message": "pods x already exists"})
        error, _ = await harness.in_time(harness.api.create(PODS, "a", {}, urgency=Urgency.CLAIM))
        assert isinstance(error, Exists)

    async def test_a_retried_delete_accepts_that_the_object_is_gone(self, harness: ScriptedApi) -> None:
        harness.server.hangs_up()
        harness.server.answers(404, {"reason": "NotFound"})
        answer, _ = await harness.in_time(harness.api.delete(PODS, "a", "x", urgency=Urgency.OBJECT))
        assert answer is None

    async def test_the_message_of_a_proxy_is_kept(self, harness: ScriptedApi) -> None:
        harness.server.answers(403, "no way through")
        with pytest.raises(Forbidden, match="no way through"):
            await harness.api.get(PODS, "a", "x")
