"""What has ended is not held in memory: judged by what can be reached from a World, not by how large a process is."""

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
from builders.control import a_plan, a_trial
from builders.kube import settings
from builders.reachable import texts_within
from fakes.api_server import FakeApiServer
from fakes.clock import settle
from fakes.kube_premises import KubePremises, PodTokens

PARAMETER, MANIFEST, VIEW = "a-parameter-of-a-trial", "a/manifest/of/a/fold", "a-path-in-the-plan"
NEEDLES = {PARAMETER, MANIFEST, VIEW}
ENDED = WriteExperimentStatus(ExperimentStatus(state="Complete"))


async def with_trials(premises: KubePremises, count: int = 3) -> None:
    """The experiment has a plan and trials whose contents are known again."""
    plan = a_plan()
    prepared = plan.spec.prepared.replace(path=VIEW)
    await premises.world.apply(premises.key, CreatePlan(plan.replace(spec=plan.spec.replace(prepared=prepared))))
    for index in range(count):
        trial = a_trial(index)
        configuration = Configuration(learner="linear", parameters={"kind": PARAMETER, "x": index})
        trial = trial.replace(spec=trial.spec.replace(configuration=configuration))
        await premises.world.apply(premises.key, CreateTrial(trial))
        fold = FoldResult(fold=0, score=0.5, manifest=MANIFEST)
        status = TrialStatus(state="Succeeded", folds=(fold,), score=0.5)
        await premises.world.apply(premises.key, WriteTrialStatus(trial.metadata.name, status))
    await settle()


def held(world: KubeWorld, api: FakeApiServer) -> set[str]:
    """Which of the needles can be reached from a World, but through its server."""
    return NEEDLES & texts_within(world, beyond=(api, world._event_recorder))


@asynccontextmanager
async def restarted(premises: KubePremises) -> AsyncIterator[KubeWorld]:
    """Another process over the same server."""
    world = KubeWorld(premises.api, settings(), PodTokens(premises.api), broker_ca=lambda: "")
    running = asyncio.create_task(world.run())
    await world.synced()
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.wait({running})


async def test_while_an_experiment_goes_on_everything_is_at_hand(premises: KubePremises) -> None:
    await with_trials(premises)
    assert held(premises.kube, premises.api) == NEEDLES
    assert len((await premises.snapshot()).trials) == 3


async def test_when_it_ends_its_plan_and_trials_are_let_go(premises: KubePremises) -> None:
    await with_trials(premises)
    await premises.world.apply(premises.key, ENDED)
    assert held(premises.kube, premises.api) == set()
    snapshot = await premises.snapshot()
    assert (snapshot.experiment.status.state, snapshot.plan, snapshot.trials) == ("Complete", None, ())


@pytest.mark.parametrize("page", [1, 2, 500])
async def test_a_new_process_reads_them_page_by_page_and_keeps_none(premises: KubePremises, page: int) -> None:
    await with_trials(premises)
    await premises.world.apply(premises.key, ENDED)
    premises.api.largest_page = page
    async with restarted(premises) as world:
        assert held(world, premises.api) == set()
        assert len([name for watch in world.watches if watch.kind == TRIALS for name in watch.objects]) == 3


async def test_what_is_written_late_is_not_kept_either(premises: KubePremises) -> None:
    await with_trials(premises)
    await premises.world.apply(premises.key, ENDED)
    (trial, *_) = premises.api.all(TRIALS)
    premises.api.change(TRIALS, premises.key.namespace, trial["metadata"]["name"], {"status": {"message": "late"}})
    await settle()
    assert held(premises.kube, premises.api) == set()


async def test_one_that_ended_keeps_nothing_of_another(premises: KubePremises) -> None:
    await with_trials(premises)
    other = Key(premises.key.namespace, "other")
    premises.apply_experiment("other")
    await settle()
    await premises.world.apply(other, ENDED)
    assert held(premises.kube, premises.api) == NEEDLES
    async with restarted(premises) as world:
        snapshot = await world.observe(premises.key)
        assert snapshot is not None
        assert len(snapshot.trials) == 3


async def test_what_goes_with_its_experiment_leaves_nothing_behind(premises: KubePremises) -> None:
    await with_trials(premises)
    uid = (await premises.snapshot()).experiment.metadata.uid
    await premises.world.apply(premises.key, ENDED)
    assert premises.kube._caches.is_left_out(uid)
    premises.api.remove(EXPERIMENTS, premises.key.namespace, premises.key.name)
    await settle()
    assert not premises.kube._caches.is_left_out(uid)
    assert premises.kube._caches._ended == set()
    assert not [name for watch in premises.kube.watches if watch.kind in (TRIALS, PLANS) for name in watch.objects]


async def test_one_that_goes_on_after_all_is_read_again_before_anything_is_decided(premises: KubePremises) -> None:
    """The server was restored to a state from before its end."""
    await with_trials(premises)
    await premises.world.apply(premises.key, ENDED)
    premises.api.change(EXPERIMENTS, premises.key.namespace, premises.key.name, {"status": {"state": "Searching"}})
    await settle()
    with pytest.raises(Unavailable, match="read again"):
        await premises.kube.observe(premises.key)
    premises.api.tick()
    await settle()
    snapshot = await premises.snapshot()
    assert len(snapshot.trials) == 3
    assert snapshot.plan is not None
    assert held(premises.kube, premises.api) == NEEDLES
