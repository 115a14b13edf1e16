"""Plans, models and books that the World will not have, or cannot write: what is handed in is kept, and it is said."""

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
from builders.control import a_plan_spec, a_result, a_trial
from builders.experiments import STORE, a_model, a_model_spec
from fakes.begun_house import DENIED, QUOTA, begun, leased, succeeded, the
from fakes.clock import settle
from fakes.controlled_house import NOTHING, House


@pytest.fixture
async def house() -> House:
    return House(Pool(name="cpu", slots=2, max_runners=4, idle_timeout_seconds=30.0))


class TestAPlanOrAModelThatCannotBeCreated:
    async def test_the_plan_is_kept_until_it_can_and_the_data_are_prepared_once(self, house):
        key = house.create()
        house.world.deny(CreatePlan, QUOTA)
        house.decide_truly()
        async with house.running():
            (runner,) = (await house.world.observe(key)).runners
            house.waiting_runner(key, runner.uid)
            house.memories.on_change(key)
            await settle()
            assert leased(house, key) == ["prepare-1"]
            house.memories.of(key).hand_in(runner.uid, a_result("prepare-1", plan=a_plan_spec()), house.clock())
            house.memories.on_change(key)
            await house.clock.advance(20.0)
            left = house.waiting_runner(key, runner.uid, accelerator="g")
            await house.clock.advance(11.0)
            assert leased(house, key) == []
            assert left
            assert the("ObjectsReady", house, key).reason == "QuotaExceeded"
            assert house.world.stored(key).status.prepare.attempts == 1
            house.world.allow(CreatePlan)
            await house.clock.advance(31.0)
            assert house.world.stored(key).status.state == "Searching"

    async def test_a_refused_plan_fails_the_experiment(self, house):
        key = house.create()
        house.world.deny(CreatePlan, DENIED)
        house.decide_truly()
        async with house.running():
            (runner,) = (await house.world.observe(key)).runners
            house.waiting_runner(key, runner.uid)
            house.memories.on_change(key)
            await settle()
            house.memories.of(key).hand_in(runner.uid, a_result("prepare-1", plan=a_plan_spec()), house.clock())
            house.memories.on_change(key)
            await settle()
            assert the("Failed", house, key).reason == "Forbidden"

    async def test_the_model_is_kept_until_it_can_be_stored(self, house):
        key = await begun(house, *succeeded(2), stop=True)
        house.world.deny(CreateModel, DENIED)
        async with house.running():
            await settle()
            (runner,) = (await house.world.observe(key)).runners
            house.waiting_runner(key, runner.uid)
            house.memories.on_change(key)
            await settle()
            assert leased(house, key) == ["finalize-1"]
            meta = house.world.stored(key).metadata
            model = a_model_spec().replace(uri=below(STORE.uri, f"models/{model_name(meta.name, meta.uid)}"))
            house.memories.of(key).hand_in(runner.uid, a_result("finalize-1", model=model), house.clock())
            house.memories.on_change(key)
            await house.clock.advance(300.0)
            assert house.world.stored(key).status.state == "Finalizing"
            assert the("ObjectsReady", house, key).reason == "Forbidden"
            assert house.world.stored(key).status.finalize.attempts == 1
            house.world.allow(CreateModel)
            await house.clock.advance(31.0)
            assert house.world.stored(key).status.state == "Complete"
            assert the("ObjectsReady", house, key).status == "True"


class TestBooksThatCannotBeWritten:
    @pytest.mark.parametrize("error", [QUOTA, DENIED])
    async def test_a_trials_status_is_said_tried_again_and_keeps_no_idle_runner(self, house, error):
        key = await begun(house, *succeeded(1))
        house.world.deny(WriteTrialStatus, error)
        left = house.waiting_runner(key)
        status = TrialStatus(state="Succeeded")
        house.decide = lambda snapshot, broker: Decision(
            (WriteTrialStatus(a_trial(0).metadata.name, status), StartRunner("one", "cpu"), Dismiss("r1"))
        )
        async with house.running():
            await house.clock.advance(60.0)
        said = the("ObjectsReady", house, key)
        assert (said.status, said.reason) == ("False", error.reason)
        assert left
        assert StartRunner not in house.applied(key)
        assert 5 < house.world.tried[WriteTrialStatus] < 15

    async def test_a_report_never_ends_an_experiment(self, house):
        key = await begun(house, TrialStatus(state="Paused"))
        house.world.deny(StartRunner, DENIED)
        house.world.deny(WriteTrialStatus, DENIED)
        async with house.running():
            await house.clock.advance(60.0)
            assert house.world.stored(key).status.state == "Searching"
            house.world.allow(WriteTrialStatus)
            await house.clock.advance(16.0)
            assert house.world.stored(key).status.state == "Failed"

    async def test_a_runner_that_cannot_be_ended_holds_up_nothing(self, house):
        key = await begun(house, *succeeded(1), TrialStatus())
        async with house.running():
            ended = (await house.world.observe(key)).runners
            house.world.deny(StopRunner, DENIED)
            for runner in ended:
                house.world.end_runner(key, runner.name, Ending(None, "Completed", ""))
            await house.clock.advance(60.0)
            others = [runner for runner in (await house.world.observe(key)).runners if runner.phase == "running"]
            assert len(others) == len(ended), "others are started in their place"
            house.waiting_runner(key, others[0].uid)
            house.memories.on_change(key)
            await settle()
            assert leased(house, key), "work is given out at once"
            assert the("ObjectsReady", house, key).reason == "Forbidden"
            assert 3 < house.world.tried[StopRunner] < 15
            house.world.allow(StopRunner)
            await house.clock.advance(31.0)
            assert {runner.phase for runner in (await house.world.observe(key)).runners} == {"running"}

    async def test_a_runner_that_cannot_be_ended_with_its_experiment_is_ended_later(self, house):
        key = await begun(house, *succeeded(1))
        async with house.running():
            house.world.deny(StopRunner, DENIED)
            await house.world.apply(key, CreateModel(a_model()))
            await house.clock.advance(60.0)
            assert house.world.stored(key).status.state == "Complete"
            assert 3 < house.world.tried[StopRunner] < 15
            house.world.allow(StopRunner)
            await house.clock.advance(31.0)
            assert not (await house.world.observe(key)).runners

    async def test_a_refused_status_is_tried_again_later_and_later(self, house):
        key = await begun(house, *succeeded(1))
        house.world.deny(WriteExperimentStatus, DENIED)
        async with house.running():
            await house.clock.advance(60.0)
            assert house.world.tried[WriteExperimentStatus] < 15
            house.world.allow(WriteExperimentStatus)
            await house.clock.advance(16.0)
            assert house.world.stored(key).status.trials.total == 1

    @pytest.mark.parametrize("error", [DENIED, Unavailable("the service account lacks a right", "RightMissing")])
    async def test_an_end_that_cannot_be_recorded_is_said(self, house, error):
        key = await begun(house, *succeeded(1), stop=True)
        await house.world.apply(key, CreateModel(a_model()))
        house.world.deny_if(lambda action: getattr(action, "status", None) and action.status.state == "Complete", error)
        async with house.running():
            await house.clock.advance(60.0)
            said = the("ObjectsReady", house, key)
            assert (said.status, said.reason) == ("False", error.reason)
            assert house.world.stored(key).status.state == "Searching"
            assert house.world.tried[WriteExperimentStatus] < 20
            house.world.deny_if(lambda action: False, error)
            await house.clock.advance(16.0)
            assert house.world.stored(key).status.state == "Complete"
            assert the("ObjectsReady", house, key).status == "True"

    async def test_a_world_that_is_away_for_a_while_is_not_worth_a_word(self, house):
        key = await begun(house, *succeeded(1))
        house.world.fail(WriteExperimentStatus, Unavailable("no answer"), times=3)
        async with house.running():
            await house.clock.advance(60.0)
            assert house.world.stored(key).status.trials.total == 1
            assert the("ObjectsReady", house, key) is None

    async def test_an_experiment_that_has_ended_keeps_its_ending(self, house):
        key = house.create()
        await house.world.apply(key, WriteExperimentStatus(ExperimentStatus(state="Complete")))
        house.world.deny(StartRunner, DENIED)
        queue = [Decision((StartRunner("one", "cpu"),))]
        house.decide = lambda snapshot, broker: queue.pop() if queue else NOTHING
        async with house.running():
            assert house.world.stored(key).status.state == "Complete"
