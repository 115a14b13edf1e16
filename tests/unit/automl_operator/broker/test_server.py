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
from builders.control import a_minimal_plan_spec, a_progress, a_result, an_assignment
from fakes.broker_harness import ADULT, CHURN, BrokerHarness, a_harness, result_body
from fakes.runner import ids


@pytest.fixture
async def harness() -> AsyncIterator[BrokerHarness]:
    async with a_harness() as built:
        yield built


class TestLease:
    async def test_a_grant_answers_the_waiting_call_with_the_work_and_the_term(self, harness):
        call = asyncio.create_task(harness.runner().lease())
        await harness.waiting()
        harness.memory.grant("r1", an_assignment(), None, harness.clock())
        answer = await call
        assert (ids(answer.assignments), answer.term, answer.leave) == (["a1"], 7, False)
        assert answer.assignments[0] == an_assignment()
        assert harness.changed == [CHURN]

    async def test_nothing_to_do_is_an_empty_answer_after_the_wait(self, harness):
        answer = await harness.runner().lease(wait=0.01)
        assert (answer.assignments, answer.leave, answer.cancel) == ((), False, ())
        await harness.waiting(free=0)

    async def test_a_negative_wait_does_not_wait(self, harness):
        assert (await harness.runner().lease(wait=-5.0)).assignments == ()

    async def test_a_call_waits_no_longer_than_the_brokers_limit(self, harness, monkeypatch):
        monkeypatch.setattr(server, "MAX_WAIT_SECONDS", 0.01)
        assert (await harness.runner().lease(wait=1e9)).assignments == ()

    async def test_a_runner_learns_of_a_cancellation_at_once(self, harness):
        call = asyncio.create_task(harness.runner().lease(holding=(a_progress("a1"),)))
        await harness.waiting()
        harness.memory.cancel("a1", 0.0)
        assert (await call).cancel == ("a1",)

    async def test_a_runner_learns_of_its_dismissal_at_once(self, harness):
        call = asyncio.create_task(harness.runner().lease())
        await harness.waiting()
        harness.memory.dismiss("r1")
        assert (await call).leave

    async def test_work_that_a_runner_holds_is_adopted(self, harness):
        await harness.runner().lease(free=0, holding=(a_progress("a1", folds=2),), wait=0.0)
        (lease,) = harness.memory.view(harness.clock()).leases
        assert (lease.id, lease.runner, lease.assignment, len(lease.progress.folds)) == ("a1", "r1", None, 2)

    async def test_a_second_call_ends_the_first_with_an_empty_answer(self, harness):
        first = asyncio.create_task(harness.runner().lease())
        await harness.waiting()
        second = asyncio.create_task(harness.runner().lease())
        assert (await first).assignments == ()
        harness.memory.grant("r1", an_assignment(), None, harness.clock())
        assert ids((await second).assignments) == ["a1"]

    async def test_a_disconnected_caller_no_longer_waits(self, harness):
        call = asyncio.create_task(harness.runner().lease())
        await harness.waiting()
        call.cancel()
        await harness.waiting(free=0)

    async def test_work_for_a_disconnected_caller_is_in_its_next_answer(self, harness):
        call = asyncio.create_task(harness.runner().lease())
        await harness.waiting()
        harness.memory.grant("r1", an_assignment(), None, harness.clock())
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        answer = await harness.runner().lease()
        assert ids(answer.assignments) == ["a1"]
        assert len(harness.memory.view(harness.clock()).leases) == 1

    async def test_closing_the_broker_answers_all_waiting_runners(self):
        async with a_harness() as harness:
            call = asyncio.create_task(harness.runner().lease(wait=30.0))
            await harness.waiting()
        assert (await call).assignments == ()


class TestResult:
    async def test_the_answer_carries_the_next_assignment(self, harness):
        harness.memory.grant("r1", an_assignment("a1"), None, harness.clock())
        call = asyncio.create_task(harness.runner().hand_in(a_result("a1")))
        await harness.waiting()
        harness.memory.grant("r1", an_assignment("a2"), None, harness.clock())
        assert ids((await call).assignments) == ["a2"]
        (pending,) = harness.memory.view(harness.clock()).pending_results
        assert pending.assignment == an_assignment("a1")

    async def test_a_result_without_free_slots_is_answered_at_once(self, harness):
        assert (await harness.runner().hand_in(a_result(), free=0)).assignments == ()

    async def test_without_new_work_a_result_gets_an_empty_answer_so_that_the_runner_can_ask_for_a_lease(
        self, harness, monkeypatch
    ):
        monkeypatch.setattr(server, "RESULT_WAIT_SECONDS", 0.01)
        assert (await harness.runner().hand_in(a_result())).assignments == ()

    async def test_a_repeated_result_is_accepted_and_counts_once(self, harness):
        await harness.runner().hand_in(a_result(), free=0)
        await harness.runner().hand_in(a_result(), free=0)
        assert len(harness.memory.view(harness.clock()).pending_results) == 1

    async def test_a_large_plan_is_accepted(self, harness):
        warnings = tuple(DataWarning(code="Leak", message="\N{SNOWMAN}" * 850) for _ in range(100))
        plan = a_minimal_plan_spec().replace(warnings=warnings)
        body = result_body(a_result(plan=plan)).encode()
        assert 250_000 < len(body) < MAX_BODY_BYTES
        assert (await harness.runner().post("result", body))[0] == 200
        assert harness.memory.view(harness.clock()).pending_results[0].result.plan == plan

    async def test_a_result_for_anothers_assignment_is_refused(self, harness):
        harness.memory.grant("another", an_assignment("a1"), None, harness.clock())
        status, answer = await harness.runner().post("result", result_body(a_result("a1")))
        assert (status, answer) == (400, {"error": "the assignment a1 is held by another runner"})
        assert harness.memory.view(harness.clock()).pending_results == ()

    async def test_the_token_decides_which_experiment_is_meant(self, harness):
        harness.memory.grant("r1", an_assignment("a1"), None, harness.clock())
        assert (await harness.runner("token-2").post("result", result_body(a_result("a1"))))[0] == 200
        broker = harness.memory.view(harness.clock())
        assert (len(broker.leases), broker.pending_results, broker.sessions) == (1, (), ())
        assert harness.memories.of(ADULT).view(harness.clock()).pending_results[0].assignment is None


class TestHeartbeat:
    async def test_a_heartbeat_keeps_a_lease_alive_and_its_answer_has_cancellations(self, harness):
        body = HeartbeatRequest(holding=(a_progress("a1"),)).to_json()
        assert await harness.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": []})
        harness.memory.cancel("a1", 0.0)
        await harness.clock.advance(10)
        assert await harness.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": ["a1"]})
        assert harness.memory.view(harness.clock()).leases[0].last_heartbeat == harness.clock()

    async def test_only_a_heartbeat_with_progress_wakes_the_controller(self, harness):
        for folds in (1, 1, 2):
            body = HeartbeatRequest(holding=(a_progress("a1", folds),)).to_json()
            await harness.runner().post("heartbeat", body)
        assert harness.changed == [CHURN, CHURN]


async def test_health_needs_no_token(harness):
    harness.term = None
    async with harness.session.get(f"{harness.url}/healthz") as response:
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
    async with a_harness(identity) as harness:
        assert harness.url.startswith("https://")
        trust = ssl.create_default_context(cafile=certificate[0])
        async with harness.session.get(f"{harness.url}/healthz", ssl=trust) as response:
            assert response.status == 200
