"""Errors of the World (superseded, unavailable, refused) and bugs affect only their own experiment."""

import pytest

from automl_api.resources.experiment_status import ExperimentStatus
from automl_operator.controller.world import Superseded, Unavailable
from automl_operator.decisions.state.actions import (
    CreateTrial,
    Decision,
    DropResult,
    StartRunner,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from builders.control import (
    a_claimed_trial,
    a_result,
)
from fakes.clock import settle
from fakes.controller_harness import NOTHING, ControllerHarness


@pytest.fixture
async def harness() -> ControllerHarness:
    return ControllerHarness()


class TestErrors:
    async def test_a_superseded_action_is_followed_by_a_new_decision_at_once(self, harness):
        key = harness.create()
        await harness.world.apply(key, CreateTrial(a_claimed_trial(holder="another")))
        harness.decide_once(CreateTrial(a_claimed_trial(holder="mine")))
        async with harness.running():
            assert len(harness.decided) == 2

    async def test_a_world_that_supersedes_everything_is_retried_with_pauses(self, harness):
        harness.create()
        harness.world.fail("observe", Superseded("again"), times=1000)
        async with harness.running():
            await harness.clock.advance(10.0)
        assert 5 < harness.world.tried["observe"] < 20

    async def test_an_unavailable_world_is_retried_after_growing_pauses(self, harness):
        harness.create()
        harness.world.fail("observe", Unavailable("no answer"), times=4)
        moments = []

        async def timed(owner, observe=harness.world.observe):
            moments.append(harness.clock() - 1_700_000_000.0)
            return await observe(owner)

        harness.world.observe = timed
        async with harness.running():
            await harness.clock.advance(10.0)
        assert moments == pytest.approx([0.0, 0.2, 0.6, 1.4, 3.0])

    async def test_calls_do_not_shorten_the_pause(self, harness):
        key = harness.create()
        harness.world.fail("observe", Unavailable("no answer"), times=100)
        async with harness.running():
            for _ in range(100):
                harness.memories.on_change(key)
                await settle()
        assert harness.world.tried["observe"] == 1

    async def test_after_a_success_the_pauses_are_short_again(self, harness):
        key = harness.create()
        harness.world.fail("observe", Unavailable("no answer"), times=4)
        async with harness.running():
            await harness.clock.advance(5.0)
            harness.world.fail("observe", Unavailable("no answer"))
            harness.memories.on_change(key)
            await settle()
            before = len(harness.decided)
            await harness.clock.advance(0.21)
            assert len(harness.decided) == before + 1

    async def test_runners_that_cannot_be_started_now_delay_nothing_else(self, harness):
        key = harness.create()
        starts = [StartRunner(f"churn-00000-cpu-{index}", "cpu") for index in range(3)]
        harness.world.fail(StartRunner, Unavailable("exceeded quota: count/jobs.batch"))
        harness.decide_once(*starts, WriteExperimentStatus(ExperimentStatus(state="Searching")))
        async with harness.running():
            assert harness.applied(key) == [WriteExperimentStatus]
            (_, _, before), (_, _, after) = ((key, snapshot, broker) for key, snapshot, broker, *_ in harness.decided)
            assert before.held_writes == ()
            (held,) = after.held_writes  # decided again at once, so that the status reports it
            assert (held.pool, held.message) == ("cpu", "exceeded quota: count/jobs.batch")
            assert held.until == harness.clock() + 1.0

    async def test_a_bug_in_one_experiment_is_logged_with_its_key_and_stops_no_other(self, harness, caplog):
        harness.create("broken")

        def decide(snapshot, broker):
            if snapshot.experiment.metadata.name == "broken":
                raise ZeroDivisionError("a bug")
            return NOTHING

        harness.decide = decide
        async with harness.running():
            healthy = harness.create("healthy")
            await harness.clock.advance(60.0)
        names = [decided[0].name for decided in harness.decided]
        assert names.count(healthy.name) == 3
        assert 5 < names.count("broken") < 15
        assert "default/broken" in caplog.text
        assert "ZeroDivisionError" in caplog.text

    async def test_many_broken_experiments_do_not_block_others(self, harness):
        for number in range(40):
            harness.create(f"broken-{number}")

        def decide(snapshot, broker):
            if snapshot.experiment.metadata.name.startswith("broken"):
                raise ZeroDivisionError("a bug")
            return NOTHING

        harness.decide = decide
        async with harness.running():
            await harness.clock.advance(5.0)
            harness.create("healthy")
            await settle()
            assert harness.decided[-1][0].name == "healthy"

    async def test_nothing_is_lost_while_the_disk_is_full(self, harness):
        key = harness.create()
        harness.memories.of(key).hand_in("r1", a_result("a1"), harness.clock())
        await harness.world.apply(key, CreateTrial(a_claimed_trial()))
        name = a_claimed_trial().metadata.name
        harness.world.fail(WriteTrialStatus, Unavailable("No space left on device"), times=3)
        harness.decide = lambda snapshot, broker: Decision(
            tuple(
                action
                for pending in broker.pending_results
                for action in (WriteTrialStatus(name, a_claimed_trial().status), DropResult(pending.result.id))
            )
        )
        async with harness.running():
            assert len(harness.memories.of(key).view(0.0).pending_results) == 1
            await harness.clock.advance(3.0)
            assert harness.memories.of(key).view(0.0).pending_results == ()
        assert WriteTrialStatus in harness.applied(key)
