"""Plans, models and statuses that the World refuses or cannot write: results are kept, and the problem is reported."""

import pytest

from automl_api.names import model_name
from automl_api.resources import TrialStatus
from automl_api.resources.experiment_status import ExperimentStatus
from automl_api.uris import below
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreatePlan,
    Decision,
    Dismiss,
    StartRunner,
    StopRunner,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Ending, Pool
from builders.control import a_claimed_trial, a_minimal_plan_spec, a_result
from builders.experiments import STORE, a_model, a_model_spec
from fakes.begun_harness import DENIED, QUOTA, begun, conditions, leased, succeeded, the
from fakes.clock import settle
from fakes.controller_harness import NOTHING, ControllerHarness


@pytest.fixture
async def harness() -> ControllerHarness:
    return ControllerHarness(Pool(name="cpu", slots=2, max_runners=4, idle_timeout_seconds=30.0))


class TestAPlanOrAModelThatCannotBeCreated:
    async def test_the_plan_is_kept_until_it_can_be_created_and_the_data_is_prepared_once(self, harness):
        key = harness.create()
        harness.world.deny(CreatePlan, QUOTA)
        harness.decide_truly()
        async with harness.running():
            (runner,) = (await harness.world.observe(key)).runners
            harness.waiting_runner(key, runner.uid)
            harness.memories.on_change(key)
            await settle()
            assert leased(harness, key) == ["prepare-1"]
            harness.memories.of(key).hand_in(
                runner.uid, a_result("prepare-1", plan=a_minimal_plan_spec()), harness.clock()
            )
            harness.memories.on_change(key)
            await harness.clock.advance(20.0)
            left = harness.waiting_runner(key, runner.uid, accelerator="g")
            await harness.clock.advance(11.0)
            assert leased(harness, key) == []
            assert left
            assert the("ObjectsReady", harness, key).reason == "QuotaExceeded"
            assert harness.world.stored(key).status.prepare.attempts == 1
            harness.world.allow(CreatePlan)
            await harness.clock.advance(31.0)
            assert harness.world.stored(key).status.state == "Searching"

    async def test_a_refused_plan_fails_the_experiment(self, harness):
        key = harness.create()
        harness.world.deny(CreatePlan, DENIED)
        harness.decide_truly()
        async with harness.running():
            (runner,) = (await harness.world.observe(key)).runners
            harness.waiting_runner(key, runner.uid)
            harness.memories.on_change(key)
            await settle()
            harness.memories.of(key).hand_in(
                runner.uid, a_result("prepare-1", plan=a_minimal_plan_spec()), harness.clock()
            )
            harness.memories.on_change(key)
            await settle()
            assert the("Failed", harness, key).reason == "Forbidden"

    async def test_the_model_is_kept_until_it_can_be_stored(self, harness):
        key = await begun(harness, *succeeded(2), stop=True)
        harness.world.deny(CreateModel, DENIED)
        async with harness.running():
            await settle()
            (runner,) = (await harness.world.observe(key)).runners
            harness.waiting_runner(key, runner.uid)
            harness.memories.on_change(key)
            await settle()
            assert leased(harness, key) == ["finalize-1"]
            meta = harness.world.stored(key).metadata
            assert STORE.uri is not None
            model = a_model_spec().replace(uri=below(STORE.uri, f"models/{model_name(meta.name, meta.uid)}"))
            harness.memories.of(key).hand_in(runner.uid, a_result("finalize-1", model=model), harness.clock())
            harness.memories.on_change(key)
            await harness.clock.advance(300.0)
            assert harness.world.stored(key).status.state == "Finalizing"
            assert the("ObjectsReady", harness, key).reason == "Forbidden"
            assert harness.world.stored(key).status.finalize.attempts == 1
            harness.world.allow(CreateModel)
            await harness.clock.advance(31.0)
            assert harness.world.stored(key).status.state == "Complete"
            assert the("ObjectsReady", harness, key).status == "True"


class TestStatusesThatCannotBeWritten:
    @pytest.mark.parametrize("error", [QUOTA, DENIED])
    async def test_a_denied_trial_status_is_reported_and_retried_and_keeps_no_idle_runner(self, harness, error):
        key = await begun(harness, *succeeded(1))
        harness.world.deny(WriteTrialStatus, error)
        left = harness.waiting_runner(key)
        status = TrialStatus(state="Succeeded")
        harness.decide = lambda snapshot, broker: Decision(
            (WriteTrialStatus(a_claimed_trial(0).metadata.name, status), StartRunner("one", "cpu"), Dismiss("r1"))
        )
        async with harness.running():
            await harness.clock.advance(60.0)
        found = the("ObjectsReady", harness, key)
        assert (found.status, found.reason) == ("False", error.reason)
        assert left
        assert StartRunner not in harness.applied(key)
        assert 5 < harness.world.tried[WriteTrialStatus] < 15

    async def test_a_denied_progress_report_never_ends_an_experiment(self, harness):
        key = await begun(harness, TrialStatus(state="Paused"))
        harness.world.deny(StartRunner, DENIED)
        harness.world.deny(WriteTrialStatus, DENIED)
        async with harness.running():
            await harness.clock.advance(60.0)
            assert harness.world.stored(key).status.state == "Searching"
            harness.world.allow(WriteTrialStatus)
            await harness.clock.advance(16.0)
            assert harness.world.stored(key).status.state == "Failed"

    async def test_a_runner_that_cannot_be_stopped_delays_nothing(self, harness):
        key = await begun(harness, *succeeded(1), TrialStatus())
        async with harness.running():
            ended = (await harness.world.observe(key)).runners
            harness.world.deny(StopRunner, DENIED)
            for runner in ended:
                harness.world.end_runner(key, runner.name, Ending(None, "Completed", ""))
            await harness.clock.advance(60.0)
            others = [runner for runner in (await harness.world.observe(key)).runners if runner.phase == "running"]
            assert len(others) == len(ended), "others are started in their place"
            harness.waiting_runner(key, others[0].uid)
            harness.memories.on_change(key)
            await settle()
            assert leased(harness, key), "work is given out at once"
            assert the("ObjectsReady", harness, key).reason == "Forbidden"
            assert 3 < harness.world.tried[StopRunner] < 15
            harness.world.allow(StopRunner)
            await harness.clock.advance(31.0)
            assert {runner.phase for runner in (await harness.world.observe(key)).runners} == {"running"}

    async def test_a_runner_that_cannot_be_stopped_at_the_end_is_stopped_later(self, harness):
        key = await begun(harness, *succeeded(1))
        async with harness.running():
            harness.world.deny(StopRunner, DENIED)
            await harness.world.apply(key, CreateModel(a_model()))
            await harness.clock.advance(60.0)
            assert harness.world.stored(key).status.state == "Complete"
            assert 3 < harness.world.tried[StopRunner] < 15
            harness.world.allow(StopRunner)
            await harness.clock.advance(31.0)
            assert not (await harness.world.observe(key)).runners

    async def test_a_refused_status_is_retried_at_growing_intervals(self, harness):
        key = await begun(harness, *succeeded(1))
        harness.world.deny(WriteExperimentStatus, DENIED)
        async with harness.running():
            await harness.clock.advance(60.0)
            assert harness.world.tried[WriteExperimentStatus] < 15
            harness.world.allow(WriteExperimentStatus)
            await harness.clock.advance(16.0)
            assert harness.world.stored(key).status.trials.total == 1

    @pytest.mark.parametrize("error", [DENIED, Unavailable("the service account lacks a right", "RightMissing")])
    async def test_an_ending_that_cannot_be_recorded_is_reported(self, harness, error):
        key = await begun(harness, *succeeded(1), stop=True)
        await harness.world.apply(key, CreateModel(a_model()))
        harness.world.deny_if(
            lambda action: getattr(action, "status", None) and action.status.state == "Complete", error
        )
        async with harness.running():
            await harness.clock.advance(60.0)
            found = the("ObjectsReady", harness, key)
            assert (found.status, found.reason) == ("False", error.reason)
            assert harness.world.stored(key).status.state == "Searching"
            assert harness.world.tried[WriteExperimentStatus] < 20
            harness.world.deny_if(lambda action: False, error)
            await harness.clock.advance(16.0)
            assert harness.world.stored(key).status.state == "Complete"
            assert the("ObjectsReady", harness, key).status == "True"

    async def test_a_short_outage_of_the_world_is_not_reported(self, harness):
        key = await begun(harness, *succeeded(1))
        harness.world.fail(WriteExperimentStatus, Unavailable("no answer"), times=3)
        async with harness.running():
            await harness.clock.advance(60.0)
            assert harness.world.stored(key).status.trials.total == 1
            assert "ObjectsReady" not in conditions(harness, key)

    async def test_an_experiment_that_has_ended_keeps_its_ending(self, harness):
        key = harness.create()
        await harness.world.apply(key, WriteExperimentStatus(ExperimentStatus(state="Complete")))
        harness.world.deny(StartRunner, DENIED)
        queue = [Decision((StartRunner("one", "cpu"),))]
        harness.decide = lambda snapshot, broker: queue.pop() if queue else NOTHING
        async with harness.running():
            assert harness.world.stored(key).status.state == "Complete"
