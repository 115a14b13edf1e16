import asyncio
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from automl_api.protocol import HeartbeatRequest, LeaseRequest, ResultRequest
from automl_api.protocol.calls import MAX_BODY_BYTES
from automl_api.resources.plan import DataWarning
from automl_operator.broker.desks import Desks
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.broker.server import Broker
from automl_operator.broker.serving import serving
from automl_operator.decisions.snapshot import Key
from builders.control import a_plan_spec, a_progress, a_result, an_announcement, an_assignment
from fakes.clock import FakeClock
from fakes.runner import HttpRunner, ids

CHURN, ADULT = Key("default", "churn"), Key("default", "adult")
TOKENS = {"token-1": RunnerId(CHURN, "one", "r1"), "token-2": RunnerId(ADULT, "two", "r2")}


async def identify(token: str) -> RunnerId:
    if token not in TOKENS:
        raise Unauthorized("the token is not that of a live runner")
    return TOKENS[token]


class House:
    """A broker on loopback with its desks, and runners that call it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.clock = FakeClock()
        self.desks = Desks(self.clock)
        self.changed: list[Key] = []
        self.desks.on_change = self.changed.append
        self.term: int | None = 7
        self.broker = Broker(identify, self.desks, term=lambda: self.term, body_seconds=0.2)
        self.session = session
        self.url = ""

    def runner(self, token: str = "token-1") -> HttpRunner:
        return HttpRunner(self.session, self.url, token)

    @property
    def book(self):
        return self.desks.of(CHURN)

    async def waiting(self, free: int = 1) -> None:
        """Until a runner of the book waits with so many free slots."""
        async with asyncio.timeout(5):
            while [session.free for session in self.book.view(self.clock()).sessions] != [free]:  # noqa: ASYNC110
                await asyncio.sleep(0.001)


@asynccontextmanager
async def a_house(tls: ssl.SSLContext | None = None) -> AsyncIterator[House]:
    async with aiohttp.ClientSession() as session:
        house = House(session)
        async with serving(house.broker, tls=tls) as house.url:
            yield house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as built:
        yield built


def lease_body(**fields) -> str:
    fields = {"announcement": an_announcement(), "free": 1, "wait_seconds": 0.0} | fields
    return LeaseRequest(**fields).to_json()


def result_body(result, **fields) -> str:
    fields = {"announcement": an_announcement(), "free": 0} | fields
    return ResultRequest(result=result, **fields).to_json()


class TestLease:
    async def test_a_grant_answers_the_waiting_call_with_the_work_and_the_term(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.book.grant("r1", an_assignment(), None, house.clock())
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

    async def test_a_cancelled_assignment_is_told_at_once(self, house):
        call = asyncio.create_task(house.runner().lease(holding=(a_progress("a1"),)))
        await house.waiting()
        house.book.cancel("a1")
        assert (await call).cancel == ("a1",)

    async def test_a_dismissed_runner_is_told_at_once(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.book.dismiss("r1")
        assert (await call).leave

    async def test_what_a_runner_holds_is_adopted(self, house):
        await house.runner().lease(free=0, holding=(a_progress("a1", folds=2),), wait=0.0)
        (lease,) = house.book.view(house.clock()).leases
        assert (lease.id, lease.runner, lease.assignment, len(lease.progress.folds)) == ("a1", "r1", None, 2)

    async def test_a_second_call_answers_the_first_with_nothing(self, house):
        first = asyncio.create_task(house.runner().lease())
        await house.waiting()
        second = asyncio.create_task(house.runner().lease())
        assert (await first).assignments == ()
        house.book.grant("r1", an_assignment(), None, house.clock())
        assert ids((await second).assignments) == ["a1"]

    async def test_a_caller_that_has_gone_waits_no_more(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        call.cancel()
        await house.waiting(free=0)

    async def test_work_for_a_caller_that_has_gone_is_in_its_next_answer(self, house):
        call = asyncio.create_task(house.runner().lease())
        await house.waiting()
        house.book.grant("r1", an_assignment(), None, house.clock())
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        answer = await house.runner().lease()
        assert ids(answer.assignments) == ["a1"]
        assert len(house.book.view(house.clock()).leases) == 1

    async def test_closing_the_broker_answers_whoever_waits(self):
        async with a_house() as house:
            call = asyncio.create_task(house.runner().lease(wait=30.0))
            await house.waiting()
        assert (await call).assignments == ()


class TestResult:
    async def test_the_answer_carries_the_next_assignment(self, house):
        house.book.grant("r1", an_assignment("a1"), None, house.clock())
        call = asyncio.create_task(house.runner().hand_in(a_result("a1")))
        await house.waiting()
        house.book.grant("r1", an_assignment("a2"), None, house.clock())
        assert ids((await call).assignments) == ["a2"]
        (handed,) = house.book.view(house.clock()).handed
        assert handed.assignment == an_assignment("a1")

    async def test_without_free_slots_it_is_answered_at_once(self, house):
        assert (await house.runner().hand_in(a_result(), free=0)).assignments == ()

    async def test_the_same_result_again_is_fine_and_counts_once(self, house):
        await house.runner().hand_in(a_result(), free=0)
        await house.runner().hand_in(a_result(), free=0)
        assert len(house.book.view(house.clock()).handed) == 1

    async def test_a_large_plan_is_taken(self, house):
        warnings = tuple(DataWarning(code="Leak", message="\N{SNOWMAN}" * 850) for _ in range(100))
        plan = a_plan_spec().replace(warnings=warnings)
        body = result_body(a_result(plan=plan)).encode()
        assert 250_000 < len(body) < MAX_BODY_BYTES
        assert (await house.runner().post("result", body))[0] == 200
        assert house.book.view(house.clock()).handed[0].result.plan == plan

    async def test_a_result_for_anothers_assignment_is_refused(self, house):
        house.book.grant("another", an_assignment("a1"), None, house.clock())
        status, answer = await house.runner().post("result", result_body(a_result("a1")))
        assert (status, answer) == (400, {"error": "the assignment a1 is held by another runner"})
        assert house.book.view(house.clock()).handed == ()

    async def test_the_token_decides_whose_experiment_it_is(self, house):
        house.book.grant("r1", an_assignment("a1"), None, house.clock())
        assert (await house.runner("token-2").post("result", result_body(a_result("a1"))))[0] == 200
        desk = house.book.view(house.clock())
        assert (len(desk.leases), desk.handed, desk.sessions) == (1, (), ())
        assert house.desks.of(ADULT).view(house.clock()).handed[0].assignment is None


class TestHeartbeat:
    async def test_it_keeps_a_lease_alive_and_brings_cancellations(self, house):
        body = HeartbeatRequest(holding=(a_progress("a1"),)).to_json()
        assert await house.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": []})
        house.book.cancel("a1")
        await house.clock.advance(10)
        assert await house.runner().post("heartbeat", body) == (200, {"term": 7, "cancel": ["a1"]})
        assert house.book.view(house.clock()).leases[0].last_heard == house.clock()

    async def test_only_news_wakes_the_controller(self, house):
        for folds in (1, 1, 2):
            body = HeartbeatRequest(holding=(a_progress("a1", folds),)).to_json()
            await house.runner().post("heartbeat", body)
        assert house.changed == [CHURN, CHURN]


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
    async def test_a_bad_call_is_refused_in_words_changes_nothing_and_is_counted(
        self, house, call, body, status, words
    ):
        got, answer = await house.runner().post(call, body)
        assert got == status
        assert words in answer["error"]
        assert house.broker.refused == {status: 1}
        assert house.changed == []
        desk = house.book.view(house.clock())
        assert (desk.sessions, desk.leases, desk.handed) == ((), (), ())

    async def test_a_body_that_does_not_say_its_length_is_capped_too(self, house):
        async def endless():
            for _ in range(5 * 16):
                yield b" " * 65_536

        assert (await house.runner().post("result", endless()))[0] == 413

    async def test_a_slow_body_is_given_up_and_others_are_served_meanwhile(self, house):
        async def dripping():
            yield b"{"
            await asyncio.sleep(1)
            yield b"}"

        slow = asyncio.create_task(house.runner("token-2").post("lease", dripping()))
        assert (await house.runner().lease(wait=0.0)).assignments == ()
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
    async def test_strangers_are_refused(self, house, call, headers):
        status, answer = await house.runner().post(call, lease_body(), headers)
        assert status == 401
        assert "token" in answer["error"]
        assert house.changed == []

    async def test_fields_of_a_newer_runner_are_passed_over(self, house):
        body = json.loads(lease_body(announcement=an_announcement(protocol=2)))
        body |= {"colour": "green"}
        body["announcement"]["mood"] = "good"
        assert (await house.runner().post("lease", json.dumps(body)))[0] == 200

    async def test_get_is_not_how_to_lease(self, house):
        async with house.session.get(f"{house.url}/v1/lease") as response:
            assert response.status == 405
            assert response.headers["Allow"] == "POST"
            assert "error" in await response.json()

    async def test_a_standby_sends_runners_back_later(self, house):
        house.term = None
        async with house.session.post(
            f"{house.url}/v1/lease", data=lease_body(), headers={"Authorization": "Bearer token-1"}
        ) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "2"
            assert await response.json() == {"error": "not-leader"}

    async def test_one_who_lost_the_lead_while_a_runner_waited_grants_nothing(self, house):
        call = asyncio.create_task(house.runner().post("lease", lease_body(wait_seconds=10.0)))
        await house.waiting()
        house.term = None
        house.book.grant("r1", an_assignment(), None, house.clock())
        assert (await call)[0] == 503


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
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificate)
    async with a_house(server) as house:
        assert house.url.startswith("https://")
        trust = ssl.create_default_context(cafile=certificate[0])
        async with house.session.get(f"{house.url}/healthz", ssl=trust) as response:
            assert response.status == 200
