"""Controller and broker together, from a runner's first lease to its dismissal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.server import Broker
from automl_operator.broker.serving import serving
from automl_operator.controller.controller import Controller
from automl_operator.decisions.state.actions import CreateTrial
from automl_operator.decisions.state.snapshot import Key
from builders.control import a_minimal_experiment, a_progress, a_result
from fakes.deciders import OneTrialAnAssignment
from fakes.runner import HttpRunner, ids
from fakes.suggestions import FakeSuggestions
from fakes.world import FakeWorld


@asynccontextmanager
async def an_operator(world: FakeWorld, trials: int) -> AsyncIterator[str]:
    """Run broker and controller over a World in one process; yields the broker's URL."""
    clock = asyncio.get_running_loop().time
    memories = ExperimentMemories(clock)
    controller = Controller(world, memories, OneTrialAnAssignment(trials), FakeSuggestions(), clock=clock)
    async with serving(Broker(world.identify, memories)) as url:
        reconciling = asyncio.create_task(controller.run())
        try:
            yield url
        finally:
            reconciling.cancel()
            await asyncio.gather(reconciling, return_exceptions=True)


@asynccontextmanager
async def connected_runner(world: FakeWorld, key: Key, url: str, slots: int = 1) -> AsyncIterator[HttpRunner]:
    """The runner that the decision has started."""
    async with asyncio.timeout(5):
        while not (snapshot := await world.observe(key)) or not snapshot.runners:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    async with aiohttp.ClientSession() as session:
        yield HttpRunner(session, url, world.token("runner"), slots)


def created(world: FakeWorld) -> int:
    return sum(isinstance(action, CreateTrial) for _, action in world.applied)


async def test_a_runner_works_from_result_to_result_until_it_may_leave():
    world = FakeWorld()
    key = world.create(a_minimal_experiment())
    async with an_operator(world, trials=20) as url, connected_runner(world, key, url) as runner:
        answer = await runner.lease()
        done: list[str] = []
        while not answer.leave:
            (assignment,) = answer.assignments
            done.append(assignment.id)
            answer = await runner.hand_in(a_result(assignment.id))
    snapshot = await world.observe(key)
    assert snapshot is not None
    assert len(set(done)) == len(done) == created(world) == 20
    assert {trial.status.state for trial in snapshot.trials} == {"Succeeded"}


async def test_a_runner_gets_work_for_all_its_slots_in_one_answer():
    world = FakeWorld()
    key = world.create(a_minimal_experiment())
    async with an_operator(world, trials=9) as url, connected_runner(world, key, url, slots=4) as runner:
        assert len((await runner.lease(free=4)).assignments) == 4


async def test_a_restarted_operator_goes_on_with_the_work_that_its_runners_hold():
    world = FakeWorld()
    key = world.create(a_minimal_experiment())
    async with an_operator(world, trials=3) as url, connected_runner(world, key, url) as runner:
        (first,) = ids((await runner.lease()).assignments)
    async with an_operator(world, trials=3) as url, connected_runner(world, key, url) as runner:
        assert (await runner.lease(free=0, holding=(a_progress(first),), wait=0.0)).assignments == ()
        (second,) = ids((await runner.hand_in(a_result(first))).assignments)
    assert second != first
    assert created(world) == 2


async def test_work_whose_answer_got_lost_is_done_once():
    world = FakeWorld()
    key = world.create(a_minimal_experiment())
    async with an_operator(world, trials=1) as url, connected_runner(world, key, url) as runner:
        lost = ids((await runner.lease()).assignments)
        again = ids((await runner.lease()).assignments)
        assert lost == again
        assert (await runner.hand_in(a_result(again[0]))).leave
    assert created(world) == 1
