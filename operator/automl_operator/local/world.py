"""The World on one machine, which also identifies its runners."""

import asyncio
from collections.abc import AsyncIterator
from typing import assert_never

from automl_api import reasons
from automl_api.resources import ExperimentSpec, Trial
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.experiment_status import FINAL_STATES
from automl_api.uris import file_uri
from automl_operator.broker.identity import RunnerId
from automl_operator.controller.world import Superseded, Unavailable, WriteRefused
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
from automl_operator.decisions.state.snapshot import Key, Pool, Snapshot
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder
from automl_operator.local.runners import RunnerProcesses


class LocalWorld:
    """World and RunnerAuth over a run's folder with one experiment. The caller holds the folder's lock.

    An error of the operating system (a full disk) is raised as Unavailable. `problem` has it, too, because the user
    must act. Writes are small and happen on the event loop. In a thread they took twice as long, and a cancelled write
    could reach the folder after the lock was released.
    """

    def __init__(
        self, place: RunFolder, records: RunRecords, runners: RunnerProcesses, pool: Pool, changed: asyncio.Event
    ) -> None:
        self._records = records
        self._runners = runners
        self._pool = pool
        self._store = StoreSpec(uri=file_uri(str(place.store)))
        self._changed = changed
        self._changed.set()
        self.key = Key(records.experiment.metadata.namespace, records.experiment.metadata.name)
        loop = asyncio.get_running_loop()
        self.problem: asyncio.Future[OSError] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        """Done when the experiment is Complete or Failed."""

    async def observe(self, key: Key) -> Snapshot | None:
        """The experiment with all that belongs to it, from memory."""
        if key != self.key:
            return None
        return Snapshot(
            experiment=self._records.experiment,
            plan=self._records.plan,
            trials=self._records.trials,
            model=self._records.model,
            runners=self._runners.states(),
            pools=(self._pool,),
            store=self._store,
        )

    async def apply(self, key: Key, action: WorldAction) -> None:
        """Carry out one action. Raises WorldError."""
        if key != self.key:
            raise Superseded(f"there is no experiment {key.name} here")
        try:
            await self._apply(action)
        except OSError as error:
            if not self.problem.done():
                self.problem.set_result(error)
            raise Unavailable(f"{error.strerror or error}: {error.filename or self.key.name}") from error

    async def changes(self) -> AsyncIterator[Key]:
        """Yield the experiment now, and after each change from outside: a runner's end, an edited spec."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            yield self.key

    async def identify(self, token: str) -> RunnerId:
        """The runner that a token belongs to. Raises Unauthorized."""
        return self._runners.identify(token)

    async def edit(self, spec: ExperimentSpec) -> None:
        """Change the spec, as the user may. Raises OSError."""
        experiment = self._records.experiment
        if spec == experiment.spec:
            return
        metadata = experiment.metadata.replace(generation=experiment.metadata.generation + 1)
        self._records.write_spec(experiment.replace(metadata=metadata, spec=spec))
        self._changed.set()

    async def _apply(self, action: WorldAction) -> None:
        match action:
            case StartRunner():
                if action.pool != self._pool.name:
                    raise WriteRefused(
                        reasons.NO_SUCH_POOL, f"there is no pool {action.pool}; this machine is {self._pool.name}"
                    )
                await self._runners.start(self.key, action.name, action.pool)
            case StopRunner():
                await self._runners.stop(action.name)
            case _:
                self._write(action)
                if self._records.experiment.status.state in FINAL_STATES and not self.ended.done():
                    self.ended.set_result(None)

    def _write(self, action: CreatePlan | CreateTrial | WriteTrialStatus | CreateModel | WriteExperimentStatus) -> None:
        records = self._records
        match action:
            case CreatePlan():
                if records.plan is None:
                    records.create_plan(action.plan)
            case CreateTrial():
                self._create_trial(action.trial)
            case WriteTrialStatus():
                records.write_trial(self._stored_trial(action.name).replace(status=action.status))
            case CreateModel():
                if records.model is None:
                    records.create_model(action.model)
            case WriteExperimentStatus():
                records.write_status(records.experiment.replace(status=action.status))
            case _:
                assert_never(action)

    def _create_trial(self, trial: Trial) -> None:
        stored = self._records.trial(trial.metadata.name)
        if stored is None:
            self._records.create_trial(trial)
        elif stored.spec != trial.spec or stored.metadata.annotations != trial.metadata.annotations:
            raise Superseded(f"{trial.metadata.name} exists already and differs")

    def _stored_trial(self, name: str) -> Trial:
        trial = self._records.trial(name)
        if trial is None:
            raise Superseded(f"there is no trial {name}")
        return trial
