"""The calls of a runner over HTTP."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator

import pytest

from automl_api.protocol import HeartbeatRequest
from automl_api.protocol.calls import MAX_BODY_BYTES
from automl_api.resources.plan import DataWarning
from automl_operator.broker import server
from builders.control import a_plan_spec, a_progress, a_result, an_assignment
from fakes.runner import ids
from fakes.served_house import ADULT, CHURN, House, a_house, result_body


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as built:
        yield built


class TestLease:
    async def test_a_grant_answers_the_waiting_call_with_the_work_and_the_term(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.memory.grant("r1", an_assignment(), None, house.clock())
        answer = await call
        assert (ids(answer.assignments), answer.term, answer.leave) == (["a1"], 7, False)
        assert answer.assignments[0] == an_assignment()
        assert house.changed == [CHURN]

    async def test_nothing_to_do_is_an_empty_answer_after_the_wait(self, house):
        answer = await house.runner().lease(wait=0.01)
        assert (answer.assignments, answer.leave, answer.cancel) == ((), False, ())
        await house.waiting(free=0)

    async def test_a_negative_wait_is_none(self, house):
        assert (await house.runner().lease(wait=-5.0)).assignments == ()

    async def test_a_call_waits_no_longer_than_the_broker_lets_it(self, house, monkeypatch):
        monkeypatch.setattr(server, "MAX_WAIT_SECONDS", 0.01)
        assert (await house.runner().lease(wait=1e9)).assignments == ()

    async def test_a_cancelled_assignment_is_told_at_once(self, house):
        call = asyncio.create_task(house.runner().lease(holding=(a_progress("a1"),)))
        await house.waiting()
        house.memory.cancel("a1", 0.0)
        assert (await call).cancel == ("a1",)

    async def test_a_dismissed_runner_is_told_at_once(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.memory.dismiss("r1")
        assert (await call).leave

    async def test_what_a_runner_holds_is_adopted(self, house):
        await house.runner().lease(free=0, holding=(a_progress("a1", folds=2),), wait=0.0)
        (lease,) = house.memory.view(house.clock()).leases
        assert (lease.id, lease.runner, lease.assignment, len(lease.progress.folds)) == ("a1", "r1", None, 2)

    async def test_a_second_call_answers_the_first_with_nothing(self, house):
        first = asyncio.create_task(house.runner().lease())
        await house.waiting()
        second = asyncio.create_task(house.runner().lease())
        assert (await first).assignments == ()
        house.memory.grant("r1", an_assignment(), None, house.clock())
        assert ids((await second).assignments) == ["a1"]

    async def test_a_caller_that_has_gone_waits_no_more(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        call.cancel()
        await house.waiting(free=0)

    async def test_work_for_a_caller_that_has_gone_is_in_its_next_answer(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.memory.grant("r1", an_assignment(), None, house.clock())
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        answer = await house.runner().lease()
        assert ids(answer.assignments) == ["a1"]
        assert len(house.memory.view(house.clock()).leases) == 1

    async def test_closing_the_broker_answers_whoever_waits(self):
        async with a_house() as house:
            call = asyncio.create_task(house.runner().lease(wait=30.0))
            await house.waiting()
        assert (await call).assignments == ()


class TestResult:
    async def test_the_answer_carries_the_next_assignment(self, house):
        house.memory.grant("r1", an_assignment("a1"), None, house.clock())
        call = asyncio.create_task(house.runner().hand_in(a_result("a1")))
        await house.waiting()
        house.memory.grant("r1", an_assignment("a2"), None, house.clock())
        assert ids((await call).assignments) == ["a2"]
        (pending,) = house.memory.view(house.clock()).pending_results
        assert pending.assignment == an_assignment("a1")

    async def test_without_free_slots_it_is_answered_at_once(self, house):
        assert (await house.runner().hand_in(a_result(), free=0)).assignments == ()

    async def test_when_no_work_comes_it_is_answered_with_nothing_so_that_the_runner_can_ask_for_a_lease(
        self, house, monkeypatch
    ):
        monkeypatch.setattr(server, "RESULT_WAIT_SECONDS", 0.01)
        assert (await house.runner().hand_in(a_result())).assignments == ()

    async def test_the_same_result_again_is_fine_and_counts_once(self, house):
        await house.runner().hand_in(a_result(), free=0)
        await house.runner().hand_in(a_result(), free=0)
        assert len(house.memory.view(house.clock()).pending_results) == 1

    async def test_a_large_plan_is_taken(self, house):
        warnings = tuple(DataWarning(code="Leak", message="\N{SNOWMAN}" * 850) for _ in range(100))
        plan = a_plan_spec().replace(warnings=warnings)
        body = result_body(a_result(plan=plan)).encode()
        assert 250_000 < len(body) < MAX_BODY_BYTES
        assert (await house.runner().post("result", body))[0] == 200
        assert house.memory.view(house.clock()).pending_results[0].result.plan == plan

    async def test_a_result_for_anothers_assignment_is_refused(self, house):
        house.memory.grant("another", an_assignment("a1"), None, house.clock())
        status, answer = await house.runner().post("result", result_body(a_result("a1")))
        assert (status, answer) == (400, {"error": "the assignment a1 is held by another runner"})
        assert house.memory.view(house.clock()).pending_results == ()

    async def test_the_token_decides_whose_experiment_it_is(self, house):
        house.memory.grant("r1", an_assignment("a1"), None, house.clock())
        assert (await house.runner("token-2").post("result", result_body(a_result("a1"))))[0] == 200
        broker = house.memory.view(house.clock())
        assert (len(broker.leases), broker.pending_results, broker.sessions) == (1, (), ())
        assert house.memories.of(ADULT).view(house.clock()).pending_results[0].assignment is None


class TestHeartbeat:
    async def test_it_keeps_a_lease_alive_and_brings_cancellations(self, house):
        body = HeartbeatRequest(holding=(a_progress("a1"),)).to_json()
        assert await house.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": []})
        house.memory.cancel("a1", 0.0)
        await house.clock.advance(10)
        assert await house.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": ["a1"]})
        assert house.memory.view(house.clock()).leases[0].last_heard == house.clock()

    async def test_only_news_wakes_the_controller(self, house):
        for folds in (1, 1, 2):
            body = HeartbeatRequest(holding=(a_progress("a1", folds),)).to_json()
            await house.runner().post("heartbeat", body)
        assert house.changed == [CHURN, CHURN]


async def test_health_needs_no_token(house):
    house.term = None
    async with house.session.get(f"{house.url}/healthz") as response:
        assert response.status == 200


@pytest.fixture
def certificate(tmp_path) -> tuple[str, str]:
    """The files of a fresh self-signed certificate and its key."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=broker -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return str(certificate), str(key)


async def test_it_serves_over_tls(certificate):
    identity = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    identity.load_cert_chain(*certificate)
    async with a_house(identity) as house:
        assert house.url.startswith("https://")
        trust = ssl.create_default_context(cafile=certificate[0])
        async with house.session.get(f"{house.url}/healthz", ssl=trust) as response:
            assert response.status == 200
