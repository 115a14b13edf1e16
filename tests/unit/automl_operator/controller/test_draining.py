"""The end of the loop: work at hand is finished, and nothing new begins."""

import asyncio

from automl_operator.controller.keyed_queue import KeyedQueue, Next
from automl_operator.decisions.state.snapshot import Key
from fakes.clock import settle

CHURN, ADULT = Key("default", "churn"), Key("default", "adult")


class Harness:
    """Work that lasts until its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun: list[Key] = []
        self.done: list[Key] = []

    async def work(self, key: Key) -> Next:
        self.begun.append(key)
        await self.gate.wait()
        self.done.append(key)
        return Next(1.0)


async def test_work_at_hand_is_finished_and_nothing_begins_meanwhile():
    broker = Harness()
    queue = KeyedQueue(broker.work, asyncio.sleep)
    queue.add(CHURN)
    await settle()
    queue.add(CHURN)
    closing = asyncio.create_task(queue.close(drain_seconds=5.0))
    await settle()
    queue.add(ADULT)
    broker.gate.set()
    await closing
    assert (broker.begun, broker.done) == ([CHURN], [CHURN])


async def test_work_that_takes_longer_is_stopped():
    broker = Harness()
    queue = KeyedQueue(broker.work, asyncio.sleep)
    queue.add(CHURN)
    await settle()
    await queue.close(drain_seconds=0.01)
    assert (broker.begun, broker.done) == ([CHURN], [])


async def test_without_a_grace_period_it_ends_at_once():
    broker = Harness()
    queue = KeyedQueue(broker.work, asyncio.sleep)
    queue.add(CHURN)
    await settle()
    await queue.close()
    assert broker.done == []
