"""A World that refuses, or cannot do, what an experiment needs: the experiment waits and reports it, or fails."""

import pytest

from automl_api.resources import TrialStatus
from automl_api.resources.plan import Needs
from automl_operator.controller.world import WriteRefused
from automl_operator.decisions.state.actions import (
    CreateTrial,
    StartRunner,
    WriteExperimentStatus,
)
from automl_operator.decisions.state.snapshot import Ending, Pool
from builders.experiments import a_learner, a_plan, folds_of
from fakes.begun_harness import DENIED, QUOTA, begun, leased, succeeded, the
from fakes.clock import settle
from fakes.controller_harness import ControllerHarness


@pytest.fixture
async def harness() -> ControllerHarness:
    return ControllerHarness(Pool(name="cpu", slots=2, max_runners=4, idle_timeout_seconds=30.0))


class TestARunnerThatIsRefused:
    @pytest.mark.parametrize("stop", [False, True])
    async def test_after_forty_trials_the_experiment_waits_and_goes_on_when_the_policy_is_fixed(self, harness, stop):
        key = await begun(harness, *succeeded(40))
        harness.world.deny(StartRunner, DENIED)
        async with harness.running():
            if stop:
                harness.world.edit(key, stop=True)
            await harness.clock.advance(600.0)
            status = harness.world.stored(key).status
            assert (status.state, status.active_seconds) == ("Finalizing" if stop else "Searching", 7.0)
            found = the("RunnersReady", harness, key)
            assert (found.status, found.reason) == ("False", "Forbidden")
            assert "no Jobs on Fridays" in found.message
            assert 10 < harness.world.tried[StartRunner] < 30

            harness.world.allow(StartRunner)
            await harness.clock.advance(31.0)
            (runner, *_) = (await harness.world.observe(key)).runners
            harness.waiting_runner(key, runner.uid)
            harness.memories.on_change(key)
            await settle()
            assert leased(harness, key)[0].startswith("finalize-1" if stop else "fit-40-")
            assert the("RunnersReady", harness, key).status == "True"

    async def test_without_finished_trials_the_experiment_fails_with_the_servers_message(self, harness):
        unfinished = TrialStatus(state="Paused")
        infeasible = TrialStatus(state="Infeasible", folds=folds_of(0.8), failure_class="configuration")
        key = await begun(harness, infeasible, unfinished)
        harness.world.deny(StartRunner, WriteRefused("Forbidden", f"{DENIED} {'x' * 10_000}"))
        async with harness.running():
            await settle()
            status = harness.world.stored(key).status
            failed = the("Failed", harness, key)
            assert (status.state, failed.reason) == ("Failed", "Forbidden")
            assert "no Jobs on Fridays" in failed.message
            assert len(failed.message) == 4096
            assert (status.trials.total, status.trials.running, status.trials.stopped) == (2, 0, 1)
            assert status.completed_at is not None
            assert [trial.status.state for trial in (await harness.world.observe(key)).trials] == [
                "Infeasible",
                "Stopped",
            ]
            tried = harness.world.tried.copy()
            await harness.clock.advance(600.0)
            assert harness.world.tried[StartRunner] == tried[StartRunner]

    async def test_while_another_runner_works_nothing_fails(self, harness):
        key = await begun(harness, TrialStatus(state="Paused"))
        await harness.world.apply(key, StartRunner("first", "cpu"))
        harness.world.deny(StartRunner, DENIED)
        async with harness.running():
            await harness.clock.advance(60.0)
            assert harness.world.stored(key).status.state == "Searching"
            assert the("RunnersReady", harness, key).reason == "Forbidden"


class TestATrialThatCannotBeCreated:
    @pytest.mark.parametrize("error", [QUOTA, DENIED])
    async def test_it_is_reported_runners_leave_and_the_search_goes_on_later(self, harness, error):
        key = await begun(harness, *succeeded(1), parallelism=2)
        await harness.world.apply(key, StartRunner("first", "cpu"))
        snapshot = await harness.world.observe(key)
        assert snapshot is not None
        (runner,) = snapshot.runners
        harness.world.deny(CreateTrial, error)
        harness.waiting_runner(key, runner.uid, free=2)
        async with harness.running():
            await harness.clock.advance(20.0)
            left = harness.waiting_runner(key, runner.uid, free=2)
            found = the("ObjectsReady", harness, key)
            assert (found.status, found.reason) == ("False", error.reason)
            assert str(error) in found.message
            assert not left
            await harness.clock.advance(11.0)
            assert left
            harness.world.end_runner(key, runner.name, Ending(None, "Finished", ""))
            await harness.clock.advance(300.0)
            assert (await harness.world.observe(key)).runners == ()
            assert harness.world.stored(key).status.active_seconds == 7.0
            assert the("ObjectsReady", harness, key).status == "False"
            assert 10 < harness.world.tried[CreateTrial] < 20
            assert harness.world.tried[WriteExperimentStatus] < 20

            harness.world.allow(CreateTrial)
            await harness.clock.advance(31.0)
            snapshot = await harness.world.observe(key)
            assert len(snapshot.trials) == 2
            assert snapshot.runners
            assert the("ObjectsReady", harness, key).status == "True"
            harness.waiting_runner(key, snapshot.runners[0].uid, free=1)
            harness.memories.on_change(key)
            await settle()
            assert leased(harness, key)[0].startswith("fit-1-0")
            assert (await harness.world.observe(key)).trials[1].status.attempts == 1

    async def test_a_runner_with_an_accelerator_is_not_kept_for_trials_that_cannot_be_created(self):
        gpu = Pool(name="gpu", slots=1, max_runners=1, accelerator="g")
        harness = ControllerHarness(Pool(name="cpu", slots=1, max_runners=1), gpu)
        learner = a_learner(needs=Needs(accelerator="g"))
        key = await begun(harness, *succeeded(1), plan=a_plan(2, (learner,)), parallelism=1)
        await harness.world.apply(key, StartRunner("costly", "gpu"))
        snapshot = await harness.world.observe(key)
        assert snapshot is not None
        (runner,) = snapshot.runners
        harness.world.deny(CreateTrial, QUOTA)
        harness.waiting_runner(key, runner.uid, accelerator="g")
        async with harness.running():
            await harness.clock.advance(20.0)
            left = harness.waiting_runner(key, runner.uid, accelerator="g")
            await harness.clock.advance(11.0)
            assert harness.world.tried[CreateTrial]
            assert left
            assert StartRunner not in harness.applied(key)[1:]

    async def test_open_folds_of_other_trials_are_granted_meanwhile(self, harness):
        key = await begun(harness, TrialStatus(state="Paused", folds=folds_of(0.8), score=0.8))
        await harness.world.apply(key, StartRunner("first", "cpu"))
        snapshot = await harness.world.observe(key)
        assert snapshot is not None
        (runner,) = snapshot.runners
        harness.world.deny(CreateTrial, QUOTA)
        harness.waiting_runner(key, runner.uid)
        async with harness.running():
            await harness.clock.advance(1.0)
            assert leased(harness, key)[0].startswith("fit-0-1-")

    async def test_without_other_work_and_finished_trials_a_refusal_fails_the_experiment(self, harness):
        key = await begun(harness, parallelism=1)
        await harness.world.apply(key, StartRunner("first", "cpu"))
        snapshot = await harness.world.observe(key)
        assert snapshot is not None
        (runner,) = snapshot.runners
        harness.world.deny(CreateTrial, DENIED)
        harness.waiting_runner(key, runner.uid)
        async with harness.running():
            await harness.clock.advance(1.0)
            assert the("Failed", harness, key).reason == "Forbidden"
            assert (await harness.world.observe(key)).runners == ()
