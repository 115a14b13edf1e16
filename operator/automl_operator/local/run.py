"""A run on this machine, from its spec to its model: broker, controller and runners around a LocalWorld."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from automl_api.condition_types import STORE_READY
from automl_api.protocol import RunnerEnvironment
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.server import Broker
from automl_operator.broker.serving import serving
from automl_operator.controller.controller import Controller
from automl_operator.controller.suggestions import SuggestionWorker
from automl_operator.decisions import decide
from automl_operator.decisions.lifecycle.progress import ExperimentProgress, progress
from automl_operator.decisions.state.actions import Decision
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Pool, Snapshot
from automl_operator.local.cancellation import cancelled_once
from automl_operator.local.errors import unusable
from automl_operator.local.files import make_private
from automl_operator.local.lock import FolderLock
from automl_operator.local.logs import logging_to, open_log
from automl_operator.local.opening import check_place, open_run
from automl_operator.local.publishing import place_bundle
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder
from automl_operator.local.runners import RUNNER_COMMAND, RunnerProcesses
from automl_operator.local.spec_changes import ignored
from automl_operator.local.world import LocalWorld

POOL = "local"
HEARTBEAT_SECONDS = 1.0
WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class RunSettings:
    """The machine's resources that a run uses. `children` is fork or spawn (automl_api.protocol.RunnerEnvironment)."""

    cores: int
    memory_bytes: int
    children: str
    runner: tuple[str, ...] = RUNNER_COMMAND
    begun_seconds_ago: float = 0.0
    """Seconds since the user started the run. The budget counts from then, as nobody waits for nodes."""


@dataclass(frozen=True)
class RunView:
    """The stored objects of a run, and its progress."""

    experiment: Experiment
    plan: Plan | None
    trials: tuple[Trial, ...]
    model: PublishedModel | None
    progress: ExperimentProgress
    warnings: tuple[str, ...] = ()
    """A sentence for each field of the spec that is ignored here."""


class LocalRun:
    """One experiment in one folder. `watch` is called about twice a second on the event loop, and once at the end."""

    def __init__(
        self, experiment: Experiment, folder: Path, settings: RunSettings, watch: Callable[[RunView], None]
    ) -> None:
        self._requested = experiment
        self._place = RunFolder(folder.absolute())
        self._settings = settings
        self._watch = watch
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End the search now and publish the best model so far. Call it on the event loop."""
        self._stop.set()

    async def run(self) -> Experiment:
        """Work until the experiment is Complete or Failed, and return it.

        Cancelled, however often, it leaves no process behind. Raises RunRefused when the user must act, and any
        exception of a bug in this program.
        """
        return await cancelled_once(self._run())

    async def _run(self) -> Experiment:
        with ExitStack() as held:
            with self._writing():
                check_place(self._place)
                make_private(self._place.root)
                held.enter_context(FolderLock(self._place.lock))
            return await self._run_alone()

    async def _run_alone(self) -> Experiment:
        with self._writing():
            records = open_run(self._place, self._requested, datetime.now(UTC))
            log = open_log(self._place.log / "automl.log")
        with logging_to(log):
            if records.experiment.status.state not in FINAL_STATES:
                await self._work(records)
        if records.experiment.status.state == "Complete" and records.model is not None:
            with self._writing():
                place_bundle(self._place, self._place.store / "models" / records.model.metadata.name)
        return records.experiment

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unusable(self._place.root, error) from error

    async def _work(self, records: RunRecords) -> None:
        changed = asyncio.Event()
        runners = RunnerProcesses(self._place, _environment(self._settings), changed.set, self._settings.runner)
        world = LocalWorld(self._place, records, runners, _pool(self._settings), changed)
        memories = ExperimentMemories(_steady_clock())
        memories.of(world.key).begin(self._settings.begun_seconds_ago, memories.clock())
        bug: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        async with _suggestions() as worker, serving(Broker(world.identify, memories)) as url:
            runners.environment = replace(runners.environment, broker_url=url)
            controller = asyncio.create_task(
                Controller(world, memories, _watched(bug), worker, clock=memories.clock).run()
            )
            try:
                await self._follow(records, world, memories, bug)
            finally:
                controller.cancel()
                await asyncio.gather(controller, return_exceptions=True)
                await runners.close()

    async def _follow(
        self, records: RunRecords, world: LocalWorld, memories: ExperimentMemories, bug: "asyncio.Future[Exception]"
    ) -> None:
        stopping = asyncio.create_task(self._stop.wait())
        try:
            while records.experiment.status.state not in FINAL_STATES:
                waited = {world.ended, world.problem, bug, *({stopping} if not stopping.done() else ())}
                await asyncio.wait(waited, timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if world.problem.done():
                    raise unusable(self._place.root, world.problem.result())
                if _store_is_full(records.experiment):
                    raise unusable(self._place.root, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
                if bug.done():
                    raise bug.result()
                if stopping.done() and not records.experiment.spec.stop:
                    with self._writing():
                        await world.edit(records.experiment.spec.replace(stop=True))
                self._watch(await _view(world, memories))
        finally:
            stopping.cancel()


def _store_is_full(experiment: Experiment) -> bool:
    """True when the disk is full. On a cluster the experiment waits; here the run ends, so that the user makes room."""
    return experiment.status.state == "Suspended" and any(
        condition.type == STORE_READY and condition.status == "False" for condition in experiment.status.conditions
    )


def _steady_clock() -> Callable[[], float]:
    """A clock of Unix seconds that never goes back when the machine's clock is set."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset


async def _view(world: LocalWorld, memories: ExperimentMemories) -> RunView:
    snapshot = await world.observe(world.key)
    assert snapshot is not None
    now = memories.clock()
    so_far = progress(snapshot, memories.of(world.key).view(now), now)
    return RunView(
        snapshot.experiment, snapshot.plan, snapshot.trials, snapshot.model, so_far, ignored(snapshot.experiment.spec)
    )


def _watched(bug: "asyncio.Future[Exception]") -> Callable[[Snapshot, BrokerState, float], Decision]:
    """`decide`, except that an exception ends the run: the controller would retry while the user waits."""

    def decide_watched(snapshot: Snapshot, broker: BrokerState, now: float) -> Decision:
        try:
            return decide(snapshot, broker, now)
        except Exception as error:
            if not bug.done():
                bug.set_result(error)
            raise

    return decide_watched


@asynccontextmanager
async def _suggestions() -> AsyncIterator[SuggestionWorker]:
    worker = SuggestionWorker()
    await worker.start()
    try:
        yield worker
    finally:
        await worker.close()


def _environment(settings: RunSettings) -> RunnerEnvironment:
    """The environment of every runner; the broker's address and the token are filled in later."""
    return RunnerEnvironment(
        broker_url="",
        token_file="",
        slots=settings.cores,
        memory_bytes=settings.memory_bytes,
        heartbeat_seconds=HEARTBEAT_SECONDS,
        children=settings.children,
    )


def _pool(settings: RunSettings) -> Pool:
    return Pool(name=POOL, slots=settings.cores, max_runners=1, memory_bytes=settings.memory_bytes)
