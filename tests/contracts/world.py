"""Contract of every World and its RunnerAuth. Subclasses of `WorldContract` give the fixture `harness`."""

import asyncio
from typing import Any, Protocol

import pytest

from automl_api.resources import TrialStatus
from automl_api.resources.experiment_status import ExperimentStatus
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.controller.world import RunnerAuth, Superseded, World
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreatePlan,
    CreateTrial,
    StartRunner,
    StopRunner,
    WorldAction,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.state.snapshot import Key, RunnerState, Snapshot
from builders.control import a_claimed_trial, a_minimal_model, a_minimal_plan

WAIT_SECONDS = 20.0


class WorldAndAuth(World, RunnerAuth, Protocol):
    """Both protocols, which each World implements together."""


class WorldHarness(Protocol):
    """A World with one stored experiment, and events there that the operator does not cause."""

    world: WorldAndAuth
    key: Key
    pool: str

    async def edit(self, **changes: Any) -> None:
        """The user changes fields of the spec."""
        ...

    async def token(self, runner: str) -> str:
        """The token that a started runner was given."""
        ...

    async def end_runner(self, runner: str) -> None:
        """A runner dies."""
        ...


class WorldContract:
    """Tests that hold for every World."""

    @pytest.fixture
    def harness(self) -> WorldHarness:
        raise NotImplementedError("give the World that is to be tested")

    async def test_an_unknown_experiment_is_none(self, harness: WorldHarness) -> None:
        assert await harness.world.observe(Key("default", "unknown")) is None

    async def test_nothing_can_be_written_to_an_unknown_experiment(self, harness: WorldHarness) -> None:
        with pytest.raises(Superseded):
            await harness.world.apply(Key("default", "unknown"), CreatePlan(a_minimal_plan()))

    async def test_a_new_experiment_has_an_identity_and_a_generation(self, harness: WorldHarness) -> None:
        metadata = (await _observe(harness)).experiment.metadata
        assert (metadata.namespace, metadata.name) == (harness.key.namespace, harness.key.name)
        assert metadata.uid
        assert metadata.generation == 1

    async def test_the_pool_that_runners_start_in_is_announced(self, harness: WorldHarness) -> None:
        pools = {pool.name: pool for pool in (await _observe(harness)).pools}
        assert pools[harness.pool].slots >= 1

    async def test_changes_begin_with_the_existing_experiments(self, harness: WorldHarness) -> None:
        assert await _next_change(harness) == harness.key

    async def test_an_edited_spec_is_a_change_with_a_new_generation_and_the_same_status(
        self, harness: WorldHarness
    ) -> None:
        await _apply(harness, WriteExperimentStatus(ExperimentStatus(state="Searching")))
        changes = harness.world.changes()
        await anext(changes)
        await harness.edit(stop=True)
        assert await asyncio.wait_for(anext(changes), WAIT_SECONDS) == harness.key
        experiment = (await _observe(harness)).experiment
        assert experiment.spec.stop
        assert experiment.metadata.generation == 2
        assert experiment.status.state == "Searching"
        await changes.aclose()  # type: ignore[attr-defined]

    async def test_an_edit_that_changes_nothing_keeps_the_generation(self, harness: WorldHarness) -> None:
        await harness.edit(stop=False)
        assert (await _observe(harness)).experiment.metadata.generation == 1

    async def test_a_written_status_is_observed_next_and_leaves_spec_and_generation(
        self, harness: WorldHarness
    ) -> None:
        before = (await _observe(harness)).experiment
        await _apply(harness, WriteExperimentStatus(ExperimentStatus(state="Preparing", active_seconds=3.5)))
        after = (await _observe(harness)).experiment
        assert (after.status.state, after.status.active_seconds) == ("Preparing", 3.5)
        assert after.spec == before.spec
        assert after.metadata.generation == before.metadata.generation
        assert after.metadata.uid == before.metadata.uid

    async def test_a_snapshot_stays_as_it_was_taken(self, harness: WorldHarness) -> None:
        before = await _observe(harness)
        await _apply(harness, WriteExperimentStatus(ExperimentStatus(state="Failed")), CreateTrial(a_claimed_trial()))
        assert before.experiment.status.state == "Pending"
        assert before.trials == ()

    async def test_the_first_plan_is_kept(self, harness: WorldHarness) -> None:
        await _apply(harness, CreatePlan(a_minimal_plan(rows=100)), CreatePlan(a_minimal_plan(rows=200)))
        plan = (await _observe(harness)).plan
        assert plan is not None
        assert plan.spec.rows == 100

    async def test_the_first_model_is_kept(self, harness: WorldHarness) -> None:
        await _apply(harness, CreateModel(a_minimal_model("file:/one")), CreateModel(a_minimal_model("file:/two")))
        model = (await _observe(harness)).model
        assert model is not None
        assert model.spec.uri == "file:/one"

    async def test_the_same_trial_twice_is_one_trial(self, harness: WorldHarness) -> None:
        await _apply(harness, CreateTrial(a_claimed_trial()), CreateTrial(a_claimed_trial()))
        assert len((await _observe(harness)).trials) == 1

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(a_claimed_trial(holder="somebody else"), id="claimed by another runner"),
            pytest.param(a_claimed_trial(learner="lightgbm"), id="with another configuration"),
        ],
    )
    async def test_an_existing_trial_that_differs_is_kept(self, harness: WorldHarness, other: Any) -> None:
        await _apply(harness, CreateTrial(a_claimed_trial()))
        with pytest.raises(Superseded):
            await _apply(harness, CreateTrial(other))
        (stored,) = (await _observe(harness)).trials
        assert stored.spec == a_claimed_trial().spec
        assert stored.metadata.annotations == a_claimed_trial().metadata.annotations

    async def test_a_trial_created_again_keeps_its_status(self, harness: WorldHarness) -> None:
        await _apply(
            harness,
            CreateTrial(a_claimed_trial()),
            WriteTrialStatus(a_claimed_trial().metadata.name, TrialStatus(state="Paused")),
            CreateTrial(a_claimed_trial()),
        )
        assert (await _observe(harness)).trials[0].status.state == "Paused"

    async def test_trials_are_sorted_by_index(self, harness: WorldHarness) -> None:
        await _apply(harness, *(CreateTrial(a_claimed_trial(index)) for index in (10, 2, 0, 9)))
        assert [trial.spec.index for trial in (await _observe(harness)).trials] == [0, 2, 9, 10]

    async def test_trials_created_concurrently_are_all_kept(self, harness: WorldHarness) -> None:
        await asyncio.gather(*(_apply(harness, CreateTrial(a_claimed_trial(index))) for index in range(20)))
        assert [trial.spec.index for trial in (await _observe(harness)).trials] == list(range(20))

    async def test_writing_a_trials_status_keeps_its_spec(self, harness: WorldHarness) -> None:
        name = a_claimed_trial().metadata.name
        await _apply(
            harness, CreateTrial(a_claimed_trial()), WriteTrialStatus(name, TrialStatus(state="Stopped", score=0.5))
        )
        (trial,) = (await _observe(harness)).trials
        assert (trial.status.state, trial.status.score) == ("Stopped", 0.5)
        assert trial.spec == a_claimed_trial().spec

    async def test_the_status_of_a_missing_trial_cannot_be_written(self, harness: WorldHarness) -> None:
        with pytest.raises(Superseded):
            await _apply(harness, WriteTrialStatus("churn-00000-7", TrialStatus()))

    async def test_a_runner_with_the_same_name_is_started_once(self, harness: WorldHarness) -> None:
        start = StartRunner("churn-00000-cpu-0", harness.pool)
        await _apply(harness, start)
        first = await _the_runner(harness)
        await _apply(harness, start)
        assert (await _the_runner(harness)).uid == first.uid
        assert (first.name, first.pool) == (start.name, start.pool)
        assert first.uid

    async def test_runners_have_uids_of_their_own(self, harness: WorldHarness) -> None:
        await _apply(harness, StartRunner("one", harness.pool), StartRunner("two", harness.pool))
        assert len({runner.uid for runner in (await _observe(harness)).runners}) == 2

    async def test_a_runners_token_identifies_it(self, harness: WorldHarness) -> None:
        await _apply(harness, StartRunner("one", harness.pool), StartRunner("two", harness.pool))
        uids = {runner.name: runner.uid for runner in (await _observe(harness)).runners}
        for name in ("one", "two"):
            identity = await harness.world.identify(await harness.token(name))
            assert identity == RunnerId(harness.key, name, uids[name])

    @pytest.mark.parametrize("token", ["", "guessed", "gu\N{LATIN SMALL LETTER E WITH ACUTE}", "x" * 10_000])
    async def test_a_token_that_nobody_was_given_is_refused(self, harness: WorldHarness, token: str) -> None:
        await _apply(harness, StartRunner("one", harness.pool))
        with pytest.raises(Unauthorized):
            await harness.world.identify(token)

    async def test_a_stopped_runner_is_gone_and_its_token_is_refused(self, harness: WorldHarness) -> None:
        await _apply(harness, StartRunner("one", harness.pool))
        token = await harness.token("one")
        await _apply(harness, StopRunner("one", "Idle"), StopRunner("one", "Idle"))
        assert (await _observe(harness)).runners == ()
        with pytest.raises(Unauthorized):
            await harness.world.identify(token)

    async def test_a_stopped_runner_started_again_has_another_uid(self, harness: WorldHarness) -> None:
        await _apply(harness, StartRunner("one", harness.pool))
        before = (await _the_runner(harness)).uid
        await _apply(harness, StopRunner("one", "Idle"), StartRunner("one", harness.pool))
        assert (await _the_runner(harness)).uid != before

    async def test_a_dead_runner_is_a_change_and_stays_with_its_ending_until_it_is_stopped(
        self, harness: WorldHarness
    ) -> None:
        await _apply(harness, StartRunner("one", harness.pool))
        token = await harness.token("one")
        await harness.end_runner("one")
        runner = await _ended(harness)
        assert runner.ending is not None
        assert runner.ending.failure_class == "infrastructure"
        assert runner.ending.reason
        with pytest.raises(Unauthorized):
            await harness.world.identify(token)
        await _apply(harness, StopRunner("one", "Ended"))
        assert (await _observe(harness)).runners == ()


async def _observe(harness: WorldHarness) -> Snapshot:
    snapshot = await harness.world.observe(harness.key)
    assert snapshot is not None
    return snapshot


async def _apply(harness: WorldHarness, *actions: WorldAction) -> None:
    for action in actions:
        await harness.world.apply(harness.key, action)


async def _the_runner(harness: WorldHarness) -> RunnerState:
    (runner,) = (await _observe(harness)).runners
    return runner


async def _next_change(harness: WorldHarness) -> Key:
    async with asyncio.timeout(WAIT_SECONDS):
        async for key in harness.world.changes():
            return key
    raise AssertionError("the changes ended by themselves")


async def _ended(harness: WorldHarness) -> RunnerState:
    """The runner once it has ended; only changes lead to an observation."""
    async with asyncio.timeout(WAIT_SECONDS):
        async for _ in harness.world.changes():
            runner = await _the_runner(harness)
            if runner.phase == "ended":
                return runner
    raise AssertionError("the changes ended by themselves")
