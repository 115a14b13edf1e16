"""Ended experiments are not kept in memory. The tests look at reachable objects, not at the size of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from automl_api.kinds import EXPERIMENTS, PLANS, TRIALS
from automl_api.resources import Configuration, FoldResult, TrialStatus
from automl_api.resources.experiment_status import ExperimentStatus
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.actions import CreatePlan, CreateTrial, WriteExperimentStatus, WriteTrialStatus
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.world.world import KubeWorld
from builders.control import a_claimed_trial, a_minimal_plan
from builders.kube import settings
from builders.reachable import texts_within
from fakes.api_server import FakeApiServer
from fakes.clock import settle
from fakes.kube_world_harness import KubeWorldHarness, PodTokens

PARAMETER, MANIFEST, VIEW = "a-parameter-of-a-trial", "a/manifest/of/a/fold", "a-path-in-the-plan"
NEEDLES = {PARAMETER, MANIFEST, VIEW}
ENDED = WriteExperimentStatus(ExperimentStatus(state="Complete"))


async def with_trials(harness: KubeWorldHarness, count: int = 3) -> None:
    """Give the experiment a plan and trials whose texts can be found again."""
    plan = a_minimal_plan()
    prepared = plan.spec.prepared.replace(path=VIEW)
    await harness.world.apply(harness.key, CreatePlan(plan.replace(spec=plan.spec.replace(prepared=prepared))))
    for index in range(count):
        trial = a_claimed_trial(index)
        configuration = Configuration(learner="linear", parameters={"kind": PARAMETER, "x": index})
        trial = trial.replace(spec=trial.spec.replace(configuration=configuration))
        await harness.world.apply(harness.key, CreateTrial(trial))
        fold = FoldResult(fold=0, score=0.5, manifest=MANIFEST)
        status = TrialStatus(state="Succeeded", folds=(fold,), score=0.5)
        await harness.world.apply(harness.key, WriteTrialStatus(trial.metadata.name, status))
    await settle()


def held(world: KubeWorld, api: FakeApiServer) -> set[str]:
    """The searched texts that can be reached from a World, except through its server."""
    return NEEDLES & texts_within(world, beyond=(api,))


@asynccontextmanager
async def restarted(harness: KubeWorldHarness) -> AsyncIterator[KubeWorld]:
    """Another process over the same server."""
    world = KubeWorld(harness.api, settings(), PodTokens(harness.api), broker_ca=lambda: "")
    running = asyncio.create_task(world.run())
    await world.synced()
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_a_running_experiment_is_kept_in_memory(harness: KubeWorldHarness) -> None:
    await with_trials(harness)
    assert held(harness.kube, harness.api) == NEEDLES
    assert len((await harness.snapshot()).trials) == 3


async def test_at_its_end_its_plan_and_trials_are_released(harness: KubeWorldHarness) -> None:
    await with_trials(harness)
    await harness.world.apply(harness.key, ENDED)
    assert held(harness.kube, harness.api) == set()
    snapshot = await harness.snapshot()
    assert (snapshot.experiment.status.state, snapshot.plan, snapshot.trials) == ("Complete", None, ())


@pytest.mark.parametrize("page", [1, 2, 500])
async def test_a_new_process_reads_them_page_by_page_and_keeps_none(harness: KubeWorldHarness, page: int) -> None:
    await with_trials(harness)
    await harness.world.apply(harness.key, ENDED)
    harness.api.largest_page = page
    async with restarted(harness) as world:
        assert held(world, harness.api) == set()
        assert len([name for watch in world.watches if watch.kind == TRIALS for name in watch.objects]) == 3


async def test_a_late_write_is_not_kept_either(harness: KubeWorldHarness) -> None:
    await with_trials(harness)
    await harness.world.apply(harness.key, ENDED)
    (trial, *_) = harness.api.all(TRIALS)
    harness.api.change(TRIALS, harness.key.namespace, trial["metadata"]["name"], {"status": {"message": "late"}})
    await settle()
    assert held(harness.kube, harness.api) == set()


async def test_an_ended_experiment_keeps_nothing_of_another(harness: KubeWorldHarness) -> None:
    await with_trials(harness)
    other = Key(harness.key.namespace, "other")
    harness.apply_experiment("other")
    await settle()
    await harness.world.apply(other, ENDED)
    assert held(harness.kube, harness.api) == NEEDLES
    async with restarted(harness) as world:
        snapshot = await world.observe(harness.key)
        assert snapshot is not None
        assert len(snapshot.trials) == 3


async def test_a_deleted_experiment_leaves_nothing_behind(harness: KubeWorldHarness) -> None:
    await with_trials(harness)
    uid = (await harness.snapshot()).experiment.metadata.uid
    await harness.world.apply(harness.key, ENDED)
    assert uid in texts_within(harness.kube, beyond=(harness.api,))
    harness.api.remove(EXPERIMENTS, harness.key.namespace, harness.key.name)
    await settle()
    assert uid not in texts_within(harness.kube, beyond=(harness.api,))
    assert not [name for watch in harness.kube.watches if watch.kind in (TRIALS, PLANS) for name in watch.objects]


async def test_an_ended_experiment_that_goes_on_is_read_again_before_any_decision(harness: KubeWorldHarness) -> None:
    """The server was restored to a state from before the experiment's end."""
    await with_trials(harness)
    await harness.world.apply(harness.key, ENDED)
    harness.api.change(EXPERIMENTS, harness.key.namespace, harness.key.name, {"status": {"state": "Searching"}})
    await settle()
    with pytest.raises(Unavailable, match="read again"):
        await harness.kube.observe(harness.key)
    harness.api.tick()
    await settle()
    snapshot = await harness.snapshot()
    assert len(snapshot.trials) == 3
    assert snapshot.plan is not None
    assert held(harness.kube, harness.api) == NEEDLES
