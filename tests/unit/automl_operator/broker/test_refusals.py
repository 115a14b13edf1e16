"""Requests that the broker refuses; they change nothing."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from builders.control import a_progress, a_result, an_announcement, an_assignment
from fakes.broker_harness import BrokerHarness, a_harness, lease_body, result_body


@pytest.fixture
async def harness() -> AsyncIterator[BrokerHarness]:
    async with a_harness() as built:
        yield built


REFUSED = [
    pytest.param("lease", b"", 400, "not JSON", id="an empty body"),
    pytest.param("lease", b"{", 400, "not JSON", id="half a body"),
    pytest.param("lease", b"\xff\xfe{}", 400, "not JSON", id="another encoding"),
    pytest.param("lease", b"[]", 400, "not a JSON object", id="a list"),
    pytest.param("lease", b"{}", 400, "announcement: Field required", id="a missing field"),
    pytest.param("lease", b"[" * 100_000, 400, "nested too deeply", id="deep nesting"),
    pytest.param("lease", lease_body().replace('"free":1', '"free":-1'), 400, "free", id="a negative number of slots"),
    pytest.param("lease", lease_body().replace('"free":1', '"free":1' + "0" * 5000), 400, "", id="a giant number"),
    pytest.param("lease", lease_body().replace(":0.0", ":NaN"), 400, "NaN is not a finite", id="NaN"),
    pytest.param(
        "lease", lease_body().replace(":0.0", ":1e999"), 400, "1e999 is not a finite", id="too large a number"
    ),
    pytest.param("lease", lease_body().replace(":0.0", ":1" + "0" * 400), 400, "", id="an integer beyond floats"),
    pytest.param(
        "result",
        result_body(a_result(folds=a_progress(folds=1).folds)).replace("0.9", "-Infinity"),
        400,
        "-Infinity is not a finite",
        id="an infinite score",
    ),
    pytest.param("result", result_body(a_result()).replace("a1", "x" * 300), 400, "id", id="too long an id"),
    pytest.param("heartbeat", b'{"holding": "all"}', 400, "holding", id="a wrong type"),
    pytest.param(
        "lease", lease_body(announcement=an_announcement(protocol=-1)), 409, "protocol -1", id="an old protocol"
    ),
    pytest.param("result", b" " * (5 * 1024 * 1024), 413, "larger than", id="5 MB"),
    pytest.param("unknown", b"{}", 404, "", id="an unknown call"),
]


class TestRefusals:
    @pytest.mark.parametrize(("call", "body", "status", "words"), REFUSED)
    async def test_a_bad_call_is_refused_with_a_message_and_changes_nothing(self, harness, call, body, status, words):
        got, answer = await harness.runner().post(call, body)
        assert got == status
        assert words in answer["error"]
        assert harness.changed == []
        broker = harness.memory.view(harness.clock())
        assert (broker.sessions, broker.leases, broker.pending_results) == ((), (), ())

    async def test_a_body_without_a_length_is_capped_too(self, harness):
        async def endless():
            for _ in range(5 * 16):
                yield b" " * 65_536

        assert (await harness.runner().post("result", endless()))[0] == 413

    async def test_a_slow_body_is_given_up_and_others_are_served_meanwhile(self, harness):
        async def dripping():
            yield b"{"
            await asyncio.sleep(1)
            yield b"}"

        slow = asyncio.create_task(harness.runner("token-2").post("lease", dripping()))
        assert (await harness.runner().lease(wait=0.0)).assignments == ()
        status, answer = await slow
        assert status == 400
        assert "did not arrive within" in answer["error"]

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({}, id="no token"),
            pytest.param({"Authorization": "Bearer "}, id="an empty token"),
            pytest.param({"Authorization": "Basic token-1"}, id="another scheme"),
            pytest.param({"Authorization": "Bearer guessed"}, id="an unknown token"),
        ],
    )
    @pytest.mark.parametrize("call", ["lease", "heartbeat", "result"])
    async def test_strangers_are_refused(self, harness, call, headers):
        status, answer = await harness.runner().post(call, lease_body(), headers)
        assert status == 401
        assert "token" in answer["error"]
        assert harness.changed == []

    async def test_fields_of_a_newer_runner_are_ignored(self, harness):
        body = json.loads(lease_body(announcement=an_announcement(protocol=2)))
        body |= {"colour": "green"}
        body["announcement"]["mood"] = "good"
        assert (await harness.runner().post("lease", json.dumps(body)))[0] == 200

    async def test_deep_nesting_in_an_unknown_field_is_refused_too(self, harness):
        body = lease_body()[:-1] + ',"mood":' + "[" * 100_000 + "]" * 100_000 + "}"
        status, answer = await harness.runner().post("lease", body)
        assert (status, answer) == (400, {"error": "the body is nested too deeply"})

    async def test_a_lease_with_get_is_refused(self, harness):
        async with harness.session.get(f"{harness.url}/v1/lease") as response:
            assert response.status == 405
            assert response.headers["Allow"] == "POST"
            assert "error" in await response.json()

    async def test_a_standby_asks_runners_to_come_back_later(self, harness):
        harness.term = None
        async with harness.session.post(
            f"{harness.url}/v1/lease", data=lease_body(), headers={"Authorization": "Bearer token-1"}
        ) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "2"
            assert response.headers["Connection"] == "close", "the next call is to reach another process"
            assert await response.json() == {"error": "not-leader"}

    async def test_a_broker_that_lost_the_lead_while_a_runner_waited_grants_nothing(self, harness):
        call = asyncio.create_task(harness.runner().post("lease", lease_body(wait_seconds=10.0)))
        await harness.waiting()
        harness.term = None
        harness.memory.grant("r1", an_assignment(), None, harness.clock())
        assert (await call)[0] == 503
