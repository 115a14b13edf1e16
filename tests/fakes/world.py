"""A World in memory with real semantics of conflicts, identities and generations; tests can make it fail."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, assert_never
from uuid import uuid4

from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.controller.world import Superseded, WriteRefused
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
from automl_operator.decisions.state.snapshot import Ending, Key, Pool, RunnerState, Snapshot
from builders.experiments import STORE


@dataclass
class _Stored:
    experiment: Experiment
    plan: Plan | None = None
    model: PublishedModel | None = None
    trials: dict[str, Trial] = field(default_factory=dict)
    runners: dict[str, RunnerState] = field(default_factory=dict)
    by_index: tuple[Trial, ...] | None = ()
    """The trials in order, or None after a change."""


class FakeWorld:
    """World and RunnerAuth. `applied` holds the actions carried out; `fail` makes the next action of a type raise."""

    def __init__(self, pools: tuple[Pool, ...] = (Pool(name="cpu", slots=2, max_runners=4),)) -> None:
        self.applied: list[tuple[Key, WorldAction]] = []
        self.observed: list[Key] = []
        self._pools = pools
        self._stored: dict[Key, _Stored] = {}
        self._faults: dict[type | str, deque[Exception]] = {}
        self._denied: dict[type | str, Exception] = {}
        self._denies: tuple[Callable[[WorldAction], object], Exception] | None = None
        self.tried: Counter[type | str] = Counter()
        """Number of attempts by type of action, and of calls of `observe` and `identify`; failures count too."""
        self._tokens: dict[str, tuple[RunnerId, str]] = {}
        self._watchers: list[asyncio.Queue[Key | Exception]] = []

    # World

    async def observe(self, key: Key) -> Snapshot | None:
        await asyncio.sleep(0)
        self._raise_fault("observe")
        self.observed.append(key)
        stored = self._stored.get(key)
        if stored is None:
            return None
        if stored.by_index is None:
            stored.by_index = tuple(sorted(stored.trials.values(), key=lambda trial: trial.spec.index))
        return Snapshot(
            experiment=stored.experiment,
            plan=stored.plan,
            trials=stored.by_index,
            model=stored.model,
            runners=tuple(stored.runners.values()),
            pools=self._pools,
            store=STORE,
        )

    async def apply(self, key: Key, action: WorldAction) -> None:
        await asyncio.sleep(0)
        self._raise_fault(type(action))
        if self._denies is not None and self._denies[0](action):
            raise self._denies[1]
        stored = self._stored.get(key)
        if stored is None:
            raise Superseded(f"there is no experiment {key.namespace}/{key.name}")
        self._carry_out(key, stored, action)
        self.applied.append((key, action))

    async def changes(self) -> AsyncIterator[Key]:
        queue: asyncio.Queue[Key | Exception] = asyncio.Queue()
        for key in self._stored:
            queue.put_nowait(key)
        self._watchers.append(queue)
        try:
            while True:
                change = await queue.get()
                if isinstance(change, Exception):
                    raise change
                yield change
        finally:
            self._watchers.remove(queue)

    # RunnerAuth

    async def identify(self, token: str) -> RunnerId:
        self._raise_fault("identify")
        runner, name = self._tokens.get(token, (None, ""))
        stored = self._stored.get(runner.experiment) if runner else None
        state = stored.runners.get(name) if stored else None
        if runner is None or state is None or state.uid != runner.uid or state.phase == "ended":
            raise Unauthorized("the token belongs to no live runner")
        return runner

    # Acts of users and administrators, and accidents.

    def create(self, experiment: Experiment) -> Key:
        """Apply an experiment, as a user does."""
        key = Key(experiment.metadata.namespace, experiment.metadata.name)
        metadata = experiment.metadata.replace(uid=experiment.metadata.uid or uuid4().hex, generation=1)
        self._stored[key] = _Stored(experiment.replace(metadata=metadata))
        self._changed(key)
        return key

    def edit(self, key: Key, **changes: Any) -> None:
        """A user edits the spec; only a real change makes a new generation."""
        stored = self._stored[key]
        spec = stored.experiment.spec.replace(**changes)
        if spec == stored.experiment.spec:
            return
        metadata = stored.experiment.metadata
        stored.experiment = stored.experiment.replace(
            spec=spec, metadata=metadata.replace(generation=metadata.generation + 1)
        )
        self._changed(key)

    def delete(self, key: Key) -> None:
        """A user deletes an experiment, and everything but its model goes with it."""
        del self._stored[key]
        self._changed(key)

    def token(self, runner: str) -> str:
        """The token that a runner was started with."""
        return next(token for token, (_, name) in self._tokens.items() if name == runner)

    def end_runner(self, key: Key, name: str, ending: Ending | None = None) -> None:
        """A runner ends by itself or is killed."""
        ending = ending or Ending(failure_class="infrastructure", reason="Killed", message="killed by signal 9")
        runners = self._stored[key].runners
        runners[name] = replace(runners[name], phase="ended", ending=ending)
        self._changed(key)

    def fail(self, kind: type | str, error: Exception, times: int = 1) -> None:
        """The next `times` actions of a type (or "observe", "identify") raise an error, and change nothing."""
        self._faults.setdefault(kind, deque()).extend([error] * times)

    def deny(self, kind: type | str, error: Exception) -> None:
        """All actions of a type raise an error until `allow`."""
        self._denied[kind] = error

    def deny_if(self, condition: Callable[[WorldAction], object], error: Exception) -> None:
        """All actions that meet the condition raise an error; a later call replaces the condition."""
        self._denies = (condition, error)

    def allow(self, kind: type | str) -> None:
        """Allow the actions of a type again."""
        del self._denied[kind]

    def break_changes(self, error: Exception) -> None:
        """The watch on changes ends with an error."""
        for watcher in self._watchers:
            watcher.put_nowait(error)

    def stored(self, key: Key) -> Experiment:
        """The stored experiment."""
        return self._stored[key].experiment

    # Inside

    def _raise_fault(self, kind: type | str) -> None:
        self.tried[kind] += 1
        faults = self._faults.get(kind)
        if faults:
            raise faults.popleft()
        if kind in self._denied:
            raise self._denied[kind]

    def _changed(self, key: Key) -> None:
        for watcher in self._watchers:
            watcher.put_nowait(key)

    def _carry_out(self, key: Key, stored: _Stored, action: WorldAction) -> None:
        match action:
            case CreatePlan():
                stored.plan = stored.plan or action.plan
            case CreateModel():
                stored.model = stored.model or action.model
            case CreateTrial():
                self._create_trial(stored, action.trial)
            case WriteTrialStatus():
                if action.name not in stored.trials:
                    raise Superseded(f"there is no trial {action.name}")
                stored.trials[action.name] = stored.trials[action.name].replace(status=action.status)
                stored.by_index = None
            case WriteExperimentStatus():
                stored.experiment = stored.experiment.replace(status=action.status)
            case StartRunner():
                self._start_runner(key, stored, action)
            case StopRunner():
                if stored.runners.pop(action.name, None):
                    self._changed(key)
            case _:
                assert_never(action)

    @staticmethod
    def _create_trial(stored: _Stored, trial: Trial) -> None:
        existing = stored.trials.get(trial.metadata.name)
        if existing is None:
            stored.trials[trial.metadata.name] = trial
            stored.by_index = None
        elif existing.spec != trial.spec or existing.metadata.annotations != trial.metadata.annotations:
            raise Superseded(f"{trial.metadata.name} exists already and differs")

    def _start_runner(self, key: Key, stored: _Stored, action: StartRunner) -> None:
        if action.name in stored.runners:
            return
        if action.pool not in {pool.name for pool in self._pools}:
            raise WriteRefused("NoSuchPool", f"there is no pool {action.pool}")
        state = RunnerState(name=action.name, uid=uuid4().hex, pool=action.pool, phase="running")
        stored.runners[action.name] = state
        self._tokens[uuid4().hex] = (RunnerId(key, action.name, state.uid), action.name)
        self._changed(key)
