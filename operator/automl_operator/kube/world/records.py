"""Durable writes of an experiment's objects, each between two failpoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from automl_api import failpoints, reasons
from automl_api.base import Model
from automl_api.kinds import EXPERIMENTS, JOBS, MODELS, PLANS, TRIALS, Kind
from automl_api.names import ANNOTATION_HOLDER
from automl_api.resources import Experiment, ExperimentStatus, Plan, PublishedModel, Trial, TrialSpec, TrialStatus
from automl_operator.controller.world import Superseded, WriteRefused
from automl_operator.kube.api.api import Api, Object
from automl_operator.kube.api.errors import Exists
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.manifests.belonging import answered_by, belonging, life_of
from automl_operator.kube.manifests.runner_job import experiment_of
from automl_operator.kube.world.caches import Caches

CREATE_PLAN: Final = failpoints.declare("kube.create-plan")
CREATE_TRIAL: Final = failpoints.declare("kube.create-trial")
CREATE_MODEL: Final = failpoints.declare("kube.create-model")
WRITE_TRIAL_STATUS: Final = failpoints.declare("kube.write-trial-status")
WRITE_EXPERIMENT_STATUS: Final = failpoints.declare("kube.write-experiment-status")


@contextmanager
def durable(write: str) -> Iterator[None]:
    """A context for one write; it reaches a failpoint before and after."""
    failpoints.reach(f"before:{write}")
    yield
    failpoints.reach(f"after:{write}")


class ObjectWriter:
    """Creates objects and writes status, and puts the answers into the caches at once. Methods raise ApiError."""

    def __init__(self, api: Api, caches: Caches) -> None:
        self._api = api
        self._caches = caches

    async def create_plan(self, experiment: Experiment, plan: Plan) -> None:
        """Store the plan, unless there is one."""
        if not self._caches.plans.of(experiment.metadata.namespace, experiment.metadata.uid):
            await self._create(PLANS, belonging(_body(plan), experiment, owned=True), experiment, CREATE_PLAN)

    async def create_model(self, experiment: Experiment, model: PublishedModel) -> None:
        """Store the model, unless there is one. It has no owner, so it outlives the experiment."""
        if not self._caches.models.of(experiment.metadata.namespace, experiment.metadata.uid):
            await self._create(MODELS, belonging(_body(model), experiment, owned=False), experiment, CREATE_MODEL)

    async def create_trial(self, experiment: Experiment, trial: Trial) -> None:
        """Claim a trial. Raises Superseded when it exists already with another holder or another spec."""
        body = belonging(_body(trial), experiment, owned=True)
        stored = await self._create(TRIALS, body, experiment, CREATE_TRIAL, urgency=Urgency.CLAIM)
        same_spec = TrialSpec.read(stored["spec"]) == trial.spec
        if not same_spec or _holder(stored) != trial.metadata.annotations.get(ANNOTATION_HOLDER):
            raise Superseded(f"{trial.metadata.name} exists already and differs")

    async def write_trial(self, experiment: Experiment, name: str, status: TrialStatus) -> None:
        """Write the status of a trial."""
        with durable(WRITE_TRIAL_STATUS):
            stored = await self._api.apply_status(
                TRIALS, experiment.metadata.namespace, name, status.to_dict(), urgency=Urgency.CLAIM
            )
        self._caches.put(TRIALS, stored)

    async def write_experiment(self, experiment: Experiment, status: ExperimentStatus) -> None:
        """Write the status of the experiment with this uid."""
        meta = experiment.metadata
        with durable(WRITE_EXPERIMENT_STATUS):
            stored = await self._api.apply_status(
                EXPERIMENTS, meta.namespace, meta.name, status.to_dict(), uid=meta.uid, urgency=Urgency.STATUS
            )
        self._caches.put(EXPERIMENTS, stored)

    async def _create(
        self, kind: Kind, body: Object, experiment: Experiment, write: str, urgency: Urgency = Urgency.OBJECT
    ) -> Object:
        with durable(write):
            stored = await create_or_read(self._api, kind, body, urgency)
        check_ours(kind, stored, experiment)
        self._caches.put(kind, stored)
        return stored


async def create_or_read(api: Api, kind: Kind, body: Object, urgency: Urgency) -> Object:
    """Create an object, or return the one that has its name: perhaps our own, from an attempt without an answer."""
    namespace, name = body["metadata"]["namespace"], body["metadata"]["name"]
    try:
        return await api.create(kind, namespace, body, urgency=urgency)
    except Exists:
        stored = await api.get(kind, namespace, name, urgency=urgency)
        if stored is None:
            raise Superseded(f"{kind.kind} {name} existed and is gone") from None
        return stored


def check_ours(kind: Kind, stored: Object, experiment: Experiment) -> None:
    """Raise WriteRefused for an object that is not the experiment's, and Superseded for one that is being deleted."""
    name = stored["metadata"]["name"]
    experiment_uid = {JOBS: experiment_of, MODELS: answered_by}.get(kind, life_of)
    if experiment_uid(stored) != experiment.metadata.uid:
        message = f"there is a {kind.kind} {name} already, and it does not belong to this experiment; delete it"
        raise WriteRefused(reasons.NAME_TAKEN, f"{message}, or apply the experiment under another name")
    if stored["metadata"].get("deletionTimestamp"):
        raise Superseded(f"{kind.kind} {name} is being deleted")


def _body(resource: Model) -> Object:
    body = resource.to_dict()
    body.pop("status", None)
    return body


def _holder(stored: Object) -> str | None:
    holder: str | None = stored["metadata"].get("annotations", {}).get(ANNOTATION_HOLDER)
    return holder
