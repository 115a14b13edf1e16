"""What has an experiment looked at again: changes, calls, timers; each key one at a time."""

import asyncio

import pytest

from automl_operator.controller.world import Unavailable
from fakes.clock import settle
from fakes.controlled_house import House


@pytest.fixture
async def house() -> House:
    return House()


class TestWakeUps:
    async def test_what_exists_is_decided_at_the_start(self, house):
        keys = {house.create("churn"), house.create("adult")}
        async with house.running():
            assert {decided[0] for decided in house.decided} == keys

    async def test_a_change_in_the_world_wakes(self, house):
        async with house.running():
            key = house.create()
            await settle()
            house.world.edit(key, stop=True)
            await settle()
        assert [decided[1].experiment.spec.stop for decided in house.decided] == [False, True]

    async def test_a_runners_call_wakes_at_once(self, house):
        key = house.create()
        async with house.running():
            before = house.clock()
            house.memories.on_change(key)
            await settle()
        assert len(house.decided) == 2
        assert house.clock() == before

    async def test_many_calls_during_one_reconcile_make_one_more(self, house):
        key = house.create()
        gate = asyncio.Event()

        async def slow(owner, observe=house.world.observe):
            await gate.wait()
            return await observe(owner)

        house.world.observe = slow
        async with house.running():
            for _ in range(10):
                house.memories.on_change(key)
            await settle()
            gate.set()
            await settle()
        assert len(house.decided) == 2

    async def test_one_experiment_is_never_reconciled_twice_at_once(self, house):
        key = house.create()
        running = most = 0

        async def watched(owner, observe=house.world.observe):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await settle()
            running -= 1
            return await observe(owner)

        house.world.observe = watched
        async with house.running():
            for _ in range(10):
                house.memories.on_change(key)
                await asyncio.sleep(0)
            for _ in range(5):
                await settle()
        assert most == 1

    async def test_a_slow_experiment_does_not_hold_up_another(self, house):
        slow, quick = house.create("slow"), house.create("quick")

        async def stuck(owner, observe=house.world.observe):
            if owner == slow:
                await asyncio.Event().wait()
            return await observe(owner)

        house.world.observe = stuck
        async with house.running():
            assert [decided[0] for decided in house.decided] == [quick]

    async def test_nothing_happens_at_rest_until_the_resync(self, house):
        house.create()
        async with house.running():
            await house.clock.advance(29.9)
            assert len(house.decided) == 1
            await house.clock.advance(0.2)
            assert len(house.decided) == 2

    async def test_a_decision_may_ask_for_an_earlier_look(self, house):
        house.create()
        house.decide_once(requeue_after=5.0)
        async with house.running():
            await house.clock.advance(4.9)
            assert len(house.decided) == 1
            await house.clock.advance(0.2)
            assert len(house.decided) == 2

    async def test_a_wake_up_replaces_the_timer(self, house):
        key = house.create()
        house.decide_once(requeue_after=5.0)
        async with house.running():
            await house.clock.advance(3.0)
            house.memories.on_change(key)
            await house.clock.advance(20.0)
            assert len(house.decided) == 2

    async def test_the_watch_on_changes_is_taken_up_again(self, house, caplog):
        async with house.running():
            house.world.break_changes(Unavailable("the connection broke"))
            await settle()
            key = house.create()
            await house.clock.advance(1.0)
        assert [decided[0] for decided in house.decided] == [key]
        assert "the connection broke" in caplog.text

    async def test_after_the_end_a_call_wakes_nobody(self, house):
        key = house.create()
        async with house.running():
            pass
        house.memories.on_change(key)
        await settle()
        assert len(house.decided) == 1
