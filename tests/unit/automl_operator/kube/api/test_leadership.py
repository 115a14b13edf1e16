"""Leadership from a thread: announced once, lost once, released, and independent of the event loop."""

import asyncio
import threading
import time

import pytest

from automl_operator.kube.api.leadership import Leadership, new_identity, seconds_awake_or_not
from fakes.lease_server import FakeLeaseServer

RETRY_SECONDS = 0.01
WAIT_SECONDS = 20.0


class Clock:
    """Real seconds plus those that a test adds."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.added


class Harness:
    def __init__(self) -> None:
        self.server = FakeLeaseServer()
        self.clock = Clock()
        self.lost: list[str] = []
        self.is_lost = threading.Event()

    def leadership(self) -> Leadership:
        return Leadership(self.server, name="leader", on_lost=self._lose, clock=self.clock, retry_seconds=RETRY_SECONDS)

    def _lose(self, why: str) -> None:
        self.lost.append(why)
        self.is_lost.set()


async def test_it_is_acquired_kept_and_released() -> None:
    harness = Harness()
    first, second = harness.leadership(), harness.leadership()
    assert first.term() is None
    assert await first.acquire() == 1
    waiting = asyncio.create_task(second.acquire())
    while harness.server.calls.count("read") < 3:  # noqa: ASYNC110
        await asyncio.sleep(RETRY_SECONDS)
    assert not waiting.done()
    await asyncio.to_thread(first.release)
    assert first.term() is None
    async with asyncio.timeout(WAIT_SECONDS):
        assert await waiting > 1
    await asyncio.to_thread(second.release)
    assert harness.lost == []


async def test_it_is_renewed_while_the_event_loop_is_blocked() -> None:
    harness = Harness()
    leadership = harness.leadership()
    await leadership.acquire()
    before = harness.server.calls.count("update")
    deadline = time.monotonic() + WAIT_SECONDS
    while harness.server.calls.count("update") < before + 3:
        assert time.monotonic() < deadline
        time.sleep(RETRY_SECONDS)  # noqa: ASYNC251 -- the loop is blocked: that is what is tested
    leadership.release()


async def test_a_loss_is_known_at_once_and_reported_once() -> None:
    harness = Harness()
    leadership = harness.leadership()
    await leadership.acquire()
    harness.clock.added += 40.0  # the process was frozen
    assert leadership.term() is None
    assert await asyncio.to_thread(harness.is_lost.wait, WAIT_SECONDS)
    await asyncio.to_thread(leadership.release)
    assert len(harness.lost) == 1
    assert leadership.term() is None


async def test_a_loss_has_a_reason() -> None:
    harness = Harness()
    leadership = harness.leadership()
    await leadership.acquire()
    harness.server.reachable = False
    while "read" in harness.server.calls and len(harness.server.calls) < 5:  # noqa: ASYNC110
        await asyncio.sleep(RETRY_SECONDS)
    harness.clock.added += 11.0
    assert await asyncio.to_thread(harness.is_lost.wait, WAIT_SECONDS)
    assert harness.lost == ["Busy: no way to the API server"]
    await asyncio.to_thread(leadership.release)


async def test_a_candidate_that_never_led_ends_without_a_loss() -> None:
    harness = Harness()
    harness.server.reachable = False
    leadership = harness.leadership()
    waiting = asyncio.create_task(leadership.acquire())
    await asyncio.sleep(RETRY_SECONDS)
    await asyncio.to_thread(leadership.release)
    waiting.cancel()
    assert harness.lost == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_thread_that_fails_is_a_loss() -> None:
    harness = Harness()
    leadership = harness.leadership()
    await leadership.acquire()
    harness.server.update = None  # type: ignore[assignment, method-assign]
    assert await asyncio.to_thread(harness.is_lost.wait, WAIT_SECONDS)
    assert "TypeError" in harness.lost[0]
    await asyncio.to_thread(leadership.release)


def test_every_start_of_a_process_is_a_new_identity() -> None:
    assert new_identity() != new_identity()


def test_the_clock_of_a_lease_runs() -> None:
    assert seconds_awake_or_not() <= seconds_awake_or_not()
    assert seconds_awake_or_not() >= time.monotonic() - 1.0
