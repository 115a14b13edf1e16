"""Starts and stops runners: creates and deletes their Jobs, and the volume claim for an experiment without a store."""

from collections.abc import Callable, Mapping
from typing import Final

from automl_api import failpoints, reasons
from automl_api.kinds import CLAIMS, JOBS
from automl_api.resources import Experiment
from automl_operator.controller.world import Unavailable, WriteRefused
from automl_operator.kube.api.api import Api, Object
from automl_operator.kube.api.errors import Conflict
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.manifests.belonging import MANAGED_BY, MANAGER, owner_reference
from automl_operator.kube.manifests.claim import claim_name, store_claim
from automl_operator.kube.manifests.runner_job import RunnerPlace, runner_job, runner_of
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.tls import NoCertificate
from automl_operator.kube.world.caches import Caches
from automl_operator.kube.world.records import check_ours, create_or_read, durable
from automl_operator.kube.world.stores import Storage, has_owner, is_kept_as_store, is_made_for, must_be_together

CREATE_JOB: Final = failpoints.declare("kube.create-job")
DELETE_JOB: Final = failpoints.declare("kube.delete-job")
CREATE_CLAIM: Final = failpoints.declare("kube.create-claim")
OWN_CLAIM: Final = failpoints.declare("kube.own-claim")


class RunnerJobs:
    """The runners of all experiments. `broker_ca` returns the broker's CA in PEM; it is called for each runner."""

    def __init__(self, api: Api, caches: Caches, settings: OperatorSettings, broker_ca: Callable[[], str]) -> None:
        self._api = api
        self._caches = caches
        self._settings = settings
        self._broker_ca = broker_ca

    async def start(self, experiment: Experiment, runner: str, pool: str, storage: Storage) -> None:
        """Start a runner, unless it exists. Raises ApiError and WorldError."""
        if self._job_of(experiment, runner) is not None:
            return
        if pool not in self._settings.pools:
            available = ", ".join(sorted(self._settings.pools))
            raise WriteRefused(reasons.NO_SUCH_POOL, f"there is no pool {pool}; the platform has: {available}")
        await self._ensure_claim(experiment, storage)
        body = runner_job(experiment, runner, self._place(experiment, pool, storage))
        with durable(CREATE_JOB):
            stored = await create_or_read(self._api, JOBS, body, Urgency.OBJECT)
        check_ours(JOBS, stored, experiment)
        self._caches.put(JOBS, stored)

    async def stop(self, experiment: Experiment, runner: str) -> None:
        """Delete a runner's Job and pod, if they exist. Raises ApiError."""
        job = self._job_of(experiment, runner)
        if job is None:
            return
        meta = job["metadata"]
        try:
            with durable(DELETE_JOB):
                await self._api.delete(JOBS, meta["namespace"], meta["name"], uid=meta["uid"], urgency=Urgency.OBJECT)
        except Conflict:
            # Another Job has its name now, so this one is gone.
            pass
        self._caches.removed(JOBS, job)

    async def leave_claim_to_model(self, experiment: Experiment, storage: Storage) -> None:
        """Make the published model an owner of the experiment's claim, too, because its files are there."""
        claim = self._caches.claims(experiment.metadata.namespace).get(storage.own_claim)
        models = self._caches.models.of(experiment.metadata.namespace, experiment.metadata.uid)
        if claim is None or not models or not is_kept_as_store(claim, experiment):
            return
        if not has_owner(claim, models[0].metadata.uid):
            await self._add_owner(claim, owner_reference(models[0], controller=False), {})

    def _job_of(self, experiment: Experiment, runner: str) -> Object | None:
        jobs = self._caches.jobs.of(experiment.metadata.namespace, experiment.metadata.uid)
        return next((job for job in jobs if runner_of(job) == runner), None)

    def _place(self, experiment: Experiment, pool: str, storage: Storage) -> RunnerPlace:
        try:
            broker_ca = self._broker_ca()
        except NoCertificate as error:
            raise Unavailable(str(error)) from error
        return RunnerPlace(
            pool_name=pool,
            pool=self._settings.pools[pool],
            runner=self._settings.runner,
            image=experiment.status.images.get(pool) or self._settings.image(pool),
            broker_url=self._settings.broker.url.rstrip("/"),
            broker_ca=broker_ca,
            claims=storage.claims,
            secrets=storage.secrets,
            together=must_be_together(storage, self._caches.claims(experiment.metadata.namespace)),
        )

    async def _ensure_claim(self, experiment: Experiment, storage: Storage) -> None:
        """Create the experiment's claim if it is the store, and make the experiment an owner of a claim made for it."""
        name = claim_name(experiment.metadata.name)
        if not any(mount.claim == name for mount in storage.claims):
            return
        claim = self._caches.claims(experiment.metadata.namespace).get(name)
        if claim is None and storage.own_claim:
            claim = await self._create_claim(experiment)
        if claim is None:
            return
        if claim["metadata"].get("deletionTimestamp"):
            raise Unavailable(f"the volume claim {name} of an earlier experiment is being deleted")
        if not is_made_for(claim, experiment):
            return
        unmarked = bool(storage.own_claim) and not is_kept_as_store(claim, experiment)
        if unmarked or not has_owner(claim, experiment.metadata.uid):
            labels = {MANAGED_BY: MANAGER} if storage.own_claim else {}
            await self._add_owner(claim, owner_reference(experiment, controller=False), labels)

    async def _create_claim(self, experiment: Experiment) -> Object:
        settings = self._settings.claim
        body = store_claim(experiment, storage_class=settings.storage_class_name, size=settings.size)
        with durable(CREATE_CLAIM):
            claim = await create_or_read(self._api, CLAIMS, body, Urgency.OBJECT)
        self._caches.put(CLAIMS, claim)
        return claim

    async def _add_owner(self, claim: Object, owner: Object, labels: Mapping[str, str]) -> None:
        meta = claim["metadata"]
        others = [other for other in meta.get("ownerReferences", ()) if other["uid"] != owner["uid"]]
        metadata: Object = {"resourceVersion": meta["resourceVersion"], "ownerReferences": [*others, owner]}
        if labels:
            metadata["labels"] = dict(labels)
        with durable(OWN_CLAIM):
            stored = await self._api.patch(
                CLAIMS, meta["namespace"], meta["name"], {"metadata": metadata}, urgency=Urgency.OBJECT
            )
        self._caches.put(CLAIMS, stored)
