"""Changes, calls and timers wake the controller; it reconciles each key one at a time."""

import asyncio

import pytest

from automl_operator.controller.world import Unavailable
from fakes.clock import settle
from fakes.controller_harness import ControllerHarness


@pytest.fixture
async def harness() -> ControllerHarness:
    return ControllerHarness()


class TestWakeUps:
    async def test_existing_experiments_are_reconciled_at_the_start(self, harness):
        keys = {harness.create("churn"), harness.create("adult")}
        async with harness.running():
            assert {decided[0] for decided in harness.decided} == keys

    async def test_a_change_in_the_world_wakes(self, harness):
        async with harness.running():
            key = harness.create()
            await settle()
            harness.world.edit(key, stop=True)
            await settle()
        assert [decided[1].experiment.spec.stop for decided in harness.decided] == [False, True]

    async def test_a_runners_call_wakes_at_once(self, harness):
        key = harness.create()
        async with harness.running():
            before = harness.clock()
            harness.memories.on_change(key)
            await settle()
        assert len(harness.decided) == 2
        assert harness.clock() == before

    async def test_many_calls_during_one_reconcile_make_one_more(self, harness):
        key = harness.create()
        gate = asyncio.Event()

        async def slow(owner, observe=harness.world.observe):
            await gate.wait()
            return await observe(owner)

        harness.world.observe = slow
        async with harness.running():
            for _ in range(10):
                harness.memories.on_change(key)
            await settle()
            gate.set()
            await settle()
        assert len(harness.decided) == 2

    async def test_one_experiment_is_never_reconciled_twice_at_once(self, harness):
        key = harness.create()
        running = most = 0

        async def watched(owner, observe=harness.world.observe):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await settle()
            running -= 1
            return await observe(owner)

        harness.world.observe = watched
        async with harness.running():
            for _ in range(10):
                harness.memories.on_change(key)
                await asyncio.sleep(0)
            for _ in range(5):
                await settle()
        assert most == 1

    async def test_a_slow_experiment_does_not_delay_another(self, harness):
        slow, quick = harness.create("slow"), harness.create("quick")

        async def stuck(owner, observe=harness.world.observe):
            if owner == slow:
                await asyncio.Event().wait()
            return await observe(owner)

        harness.world.observe = stuck
        async with harness.running():
            assert [decided[0] for decided in harness.decided] == [quick]

    async def test_nothing_happens_at_rest_until_the_resync(self, harness):
        harness.create()
        async with harness.running():
            await harness.clock.advance(29.9)
            assert len(harness.decided) == 1
            await harness.clock.advance(0.2)
            assert len(harness.decided) == 2

    async def test_a_decision_may_ask_for_an_earlier_reconcile(self, harness):
        harness.create()
        harness.decide_once(requeue_after=5.0)
        async with harness.running():
            await harness.clock.advance(4.9)
            assert len(harness.decided) == 1
            await harness.clock.advance(0.2)
            assert len(harness.decided) == 2

    async def test_a_wake_up_replaces_the_timer(self, harness):
        key = harness.create()
        harness.decide_once(requeue_after=5.0)
        async with harness.running():
            await harness.clock.advance(3.0)
            harness.memories.on_change(key)
            await harness.clock.advance(20.0)
            assert len(harness.decided) == 2

    async def test_a_broken_watch_on_changes_is_opened_again(self, harness, caplog):
        async with harness.running():
            harness.world.break_changes(Unavailable("the connection broke"))
            await settle()
            key = harness.create()
            await harness.clock.advance(1.0)
        assert [decided[0] for decided in harness.decided] == [key]
        assert "the connection broke" in caplog.text

    async def test_after_the_end_a_call_wakes_nobody(self, harness):
        key = harness.create()
        async with harness.running():
            pass
        harness.memories.on_change(key)
        await settle()
        assert len(harness.decided) == 1
