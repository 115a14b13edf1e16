"""The World on Kubernetes, which also identifies its runners."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import assert_never

from automl_api import reasons
from automl_api.kinds import EXPERIMENTS
from automl_api.resources import Experiment, ObjectMeta, Trial
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.broker.identity import RunnerId
from automl_operator.controller.world import Superseded, Unavailable
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
from automl_operator.decisions.state.snapshot import Key, Snapshot
from automl_operator.kube.api.api import Api, Object
from automl_operator.kube.api.list_watch import ListWatch
from automl_operator.kube.api.observer import ApiObserver
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.world.authentication import Verifier, identify
from automl_operator.kube.world.caches import Caches
from automl_operator.kube.world.changes import Changes
from automl_operator.kube.world.event_builder import EventNote, experiment_events, trial_events
from automl_operator.kube.world.event_recorder import EventRecorder
from automl_operator.kube.world.pending_since import PendingSince
from automl_operator.kube.world.pod_diagnostics import is_waiting
from automl_operator.kube.world.pools import pools_of, unknown_pool
from automl_operator.kube.world.records import ObjectWriter
from automl_operator.kube.world.refusals import as_world_errors
from automl_operator.kube.world.runner_jobs import RunnerJobs
from automl_operator.kube.world.runners import runner_state, uid_of
from automl_operator.kube.world.stores import Storage, refused_address, storage_of, store_problem
from automl_operator.kube.world.typed_index import UnreadableObject

_log = logging.getLogger(__name__)


class KubeWorld:
    """World and RunnerAuth over an API server. Snapshots come from the caches that `run` keeps; only actions call it.

    `broker_ca` returns the broker's CA in PEM, `instance` is the operator's pod, `clock` returns Unix seconds.
    """

    def __init__(
        self,
        api: Api,
        settings: OperatorSettings,
        verifier: Verifier,
        *,
        broker_ca: Callable[[], str],
        instance: str = "",
        clock: Callable[[], float] = time.time,
        observer: ApiObserver | None = None,
    ) -> None:
        self._settings = settings
        self._verifier = verifier
        self._clock = clock
        self._changes = Changes()
        self._pending_since = PendingSince()
        self._event_recorder = EventRecorder(api, instance, clock, observer)
        self._caches = Caches(api, settings.namespaces, self._changes.add, self._report, observer)
        self._records = ObjectWriter(api, self._caches)
        self._runner_jobs = RunnerJobs(api, self._caches, settings, broker_ca)

    @property
    def watches(self) -> tuple[ListWatch, ...]:
        """All list-watches, for health checks and metrics."""
        return self._caches.watches

    async def run(self) -> None:
        """Keep the caches and write Events until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._caches.run())
            group.create_task(self._event_recorder.run())

    async def synced(self) -> None:
        """Wait until everything readable was listed once. Before, there are no snapshots, and no runner is known."""
        await self._caches.synced()

    def unlisted(self) -> frozenset[str]:
        """The resources that are not listed yet; empty as soon as one namespace can be served."""
        return self._caches.unlisted()

    def revision(self) -> int:
        """The server's highest revision seen so far; every change in the cluster raises it."""
        return max(watch.revision for watch in self._caches.watches)

    def notice(self, experiment: Object, *, deleted: bool = False) -> None:
        """Store an experiment from another watch, unless the same or a newer version is known."""
        (self._caches.removed if deleted else self._caches.put)(EXPERIMENTS, experiment)

    async def observe(self, key: Key) -> Snapshot | None:
        """The experiment with all that belongs to it, from the caches. Raises Unavailable for an unreadable object."""
        await self._read(key.namespace)
        try:
            experiment = self._caches.experiment(key)
            if experiment is None:
                self._pending_since.forget(key)
                return None
            self._check_read(experiment)
            return self._snapshot(key, experiment)
        except UnreadableObject as unreadable:
            raise Unavailable(str(unreadable)) from unreadable

    async def apply(self, key: Key, action: WorldAction) -> None:
        """Carry out one action. Raises WorldError."""
        await self._read(key.namespace)
        try:
            experiment = self._caches.experiment(key)
        except UnreadableObject as unreadable:
            raise Unavailable(str(unreadable)) from unreadable
        if experiment is None:
            raise Superseded(f"there is no experiment {key.namespace}/{key.name}")
        with as_world_errors():
            await self._apply(experiment, action)

    async def changes(self) -> AsyncIterator[Key]:
        """Yield the existing experiments, then those that change or are deleted."""
        await self._caches.synced()
        async for key in self._changes.follow(self._caches.keys()):
            yield key

    async def identify(self, token: str) -> RunnerId:
        """The runner that a token belongs to. Raises Unauthorized, and Unavailable when it cannot be verified now."""
        return await identify(token, self._verifier, self._caches)

    async def _read(self, namespace: str) -> None:
        await self._caches.synced()
        if not self._caches.is_read(namespace):
            raise Unavailable(f"the operator may not read everything that it needs in the namespace {namespace}")

    def _check_read(self, experiment: Experiment) -> None:
        """Raise Unavailable while trials are not in memory: the experiment had ended, and the server was restored."""
        meta = experiment.metadata
        if experiment.status.state not in FINAL_STATES and self._caches.is_left_out(meta.uid):
            raise Unavailable(f"the trials of {meta.namespace}/{meta.name}, which had ended, are read again")

    def _snapshot(self, key: Key, experiment: Experiment) -> Snapshot:
        caches, namespace, uid = self._caches, experiment.metadata.namespace, experiment.metadata.uid
        claims, last_word = caches.claims(namespace), partial(caches.last_word, namespace)
        jobs = caches.jobs.of(namespace, uid)
        pods = {uid_of(job): caches.pods.of(namespace, uid_of(job)) for job in jobs}
        pools = pools_of(experiment, self._settings)
        refusal = refused_address(experiment) or unknown_pool(experiment.spec, self._settings.pools)
        storage = self._storage(experiment)
        states = {uid_of(job): runner_state(job, pods[uid_of(job)], last_word) for job in jobs}
        waiting = [pod for of in pods.values() for pod in of if is_waiting(pod)]
        return Snapshot(
            experiment=experiment,
            plan=next(iter(caches.plans.of(namespace, uid)), None),
            trials=caches.trials.of(namespace, uid),
            model=next(iter(caches.models.of(namespace, uid)), None),
            runners=self._pending_since.dated(key, states, self._clock()),
            pools=pools,
            store=storage.store,
            store_problem=store_problem(
                experiment,
                storage,
                claims,
                pools=pools,
                waiting=waiting,
                last_word=last_word,
                now=self._clock(),
            ),
            refusal=refusal,
        )

    def _storage(self, experiment: Experiment) -> Storage:
        return storage_of(experiment, self._settings, self._caches.claims(experiment.metadata.namespace))

    async def _apply(self, experiment: Experiment, action: WorldAction) -> None:
        match action:
            case StartRunner():
                await self._runner_jobs.start(experiment, action.name, action.pool, self._storage(experiment))
            case StopRunner():
                await self._runner_jobs.stop(experiment, action.name)
            case CreatePlan():
                await self._records.create_plan(experiment, action.plan)
            case CreateTrial():
                await self._records.create_trial(experiment, action.trial)
            case CreateModel():
                await self._records.create_model(experiment, action.model)
                await self._runner_jobs.leave_claim_to_model(experiment, self._storage(experiment))
            case WriteTrialStatus():
                trial = self._trial(experiment, action.name)
                await self._records.write_trial(experiment, action.name, action.status)
                self._event_recorder.record(experiment, trial_events(trial, action.status))
            case WriteExperimentStatus():
                await self._write_status(experiment, action)
            case _:
                assert_never(action)

    async def _write_status(self, experiment: Experiment, action: WriteExperimentStatus) -> None:
        if action.status.state == "Complete":
            # Again: a process may have died after it created the model and before the model owned the claim.
            await self._runner_jobs.leave_claim_to_model(experiment, self._storage(experiment))
        await self._records.write_experiment(experiment, action.status)
        self._event_recorder.record(experiment, experiment_events(experiment.status, action.status))

    def _trial(self, experiment: Experiment, name: str) -> Trial:
        trial = self._caches.trials.find(experiment.metadata.namespace, experiment.metadata.uid, name)
        if trial is None:
            raise Superseded(f"there is no trial {name}")
        return trial

    def _report(self, item: Object, message: str) -> None:
        """Log that a stored object cannot be read; for an experiment, write an Event for its user, too."""
        _log.error("%s", message)
        if item.get("kind") == EXPERIMENTS.kind:
            about = Experiment.model_construct(metadata=ObjectMeta.read(item["metadata"]))
            self._event_recorder.record(about, [EventNote("Warning", reasons.UNREADABLE, message)])
