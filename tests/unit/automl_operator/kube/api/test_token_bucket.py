"""The token bucket: the rate of calls and their order."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from automl_operator.kube.api.token_bucket import EVERY, TokenBucket
from automl_operator.kube.api.urgency import Urgency
from fakes.clock import FakeClock, settle


class Harness:
    """A bucket in virtual time, and the calls that got their turn, with the time."""

    def __init__(self, qps: float = 10.0, burst: int = 2) -> None:
        self.clock = FakeClock(now=0.0)
        self.bucket = TokenBucket(qps=qps, burst=burst, clock=self.clock, sleep=self.clock.sleep)
        self.turns: list[tuple[str, float]] = []

    async def call(self, name: str, urgency: Urgency = Urgency.OBJECT) -> asyncio.Task[float]:
        task = asyncio.create_task(self._call(name, urgency))
        await asyncio.sleep(0)
        return task

    async def _call(self, name: str, urgency: Urgency) -> float:
        waited = await self.bucket.take(urgency)
        self.turns.append((name, round(self.clock.now, 6)))
        return waited

    @property
    def names(self) -> str:
        return "".join(name for name, _ in self.turns)


async def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    harness = Harness(qps=10.0, burst=2)
    tasks = [await harness.call(name) for name in "abcd"]
    await harness.clock.advance(1.0)
    assert harness.turns == [("a", 0.0), ("b", 0.0), ("c", 0.1), ("d", 0.2)]
    assert [round(task.result(), 6) for task in tasks] == [0.0, 0.0, 0.1, 0.2]


async def test_rest_fills_it_up_to_the_burst() -> None:
    harness = Harness(qps=10.0, burst=2)
    await harness.clock.advance(100.0)
    for name in "abc":
        await harness.call(name)
    await settle()
    assert harness.names == "ab"
    await harness.clock.advance(1.0)


async def test_urgent_calls_go_first_and_equal_ones_in_their_order() -> None:
    harness = Harness(burst=1)
    await harness.call("x")
    for name, urgency in (("e", 3), ("s", 2), ("o", 1), ("p", 1), ("c", 0), ("d", 0)):
        await harness.call(name, Urgency(urgency))
    await harness.clock.advance(10.0)
    assert harness.names == "xcdopse"


async def test_a_flood_of_claims_does_not_stop_a_status() -> None:
    harness = Harness(burst=1)
    await harness.call("s", Urgency.CLAIM)
    await harness.call("s", Urgency.STATUS)
    for _ in range(3 * EVERY):
        await harness.call("c", Urgency.CLAIM)
    await harness.clock.advance(100.0)
    assert harness.names.rindex("s") == EVERY - 1
    assert harness.names.count("s") == 2


async def test_when_the_server_asks_for_a_pause_all_calls_wait() -> None:
    harness = Harness(burst=5)
    harness.bucket.pause(3.0)
    harness.bucket.pause(1.0)
    await harness.call("c", Urgency.CLAIM)
    await harness.clock.advance(2.9)
    assert harness.turns == []
    await harness.clock.advance(0.2)
    assert harness.turns == [("c", 3.0)]


async def test_a_cancelled_call_takes_no_turn() -> None:
    harness = Harness(burst=1)
    await harness.call("a")
    leaver = await harness.call("b", Urgency.CLAIM)
    await harness.call("c")
    leaver.cancel()
    await harness.clock.advance(1.0)
    assert harness.turns == [("a", 0.0), ("c", 0.1)]


async def test_a_call_cancelled_as_its_turn_comes_gives_it_back() -> None:
    harness = Harness(burst=1)
    await harness.call("a")
    leaver = await harness.call("b")
    harness.clock.now = 0.1
    await harness.call("c")  # gives the turn to b
    leaver.cancel()  # b has not noticed its turn yet
    await settle()
    assert leaver.cancelled()
    assert harness.turns == [("a", 0.0), ("c", 0.1)]


async def test_the_bucket_recovers_when_all_waiting_calls_are_cancelled() -> None:
    harness = Harness(burst=1)
    await harness.call("a")
    leaver = await harness.call("b")
    leaver.cancel()
    await settle()
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("call"), st.sampled_from(list(Urgency))),
            st.tuples(st.just("leave"), st.integers(0, 20)),
            st.tuples(st.just("wait"), st.integers(0, 20)),
        ),
        max_size=40,
    )
)
def test_no_call_is_forgotten_and_the_rate_is_kept(steps: list[tuple[str, int]]) -> None:
    asyncio.run(_a_history(steps))


async def _a_history(steps: list[tuple[str, int]]) -> None:
    harness = Harness(qps=10.0, burst=3)
    tasks: list[asyncio.Task[float]] = []
    for step, value in steps:
        if step == "call":
            tasks.append(await harness.call("x", Urgency(value)))
        elif step == "leave" and value < len(tasks):
            tasks[value].cancel()
        elif step == "wait":
            await harness.clock.advance(value / 50.0)
    await harness.clock.advance(100.0)
    assert all(task.done() for task in tasks)
    assert len(harness.turns) == sum(not task.cancelled() for task in tasks)
    moments = [moment for _, moment in harness.turns]
    for start, first in enumerate(moments):
        for end, last in enumerate(moments[start:], start):
            assert end - start + 1 <= 3 + (last - first) * 10.0 + 1e-6
