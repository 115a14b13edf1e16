"""The objects that an experiment makes: their names, labels and owners."""

from datetime import UTC, datetime

from automl_api import names
from automl_api.resources import (
    Experiment,
    ExperimentSpec,
    ObjectMeta,
    OwnerReference,
    Plan,
    PlanSpec,
    PublishedModel,
    Trial,
    TrialSpec,
)
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.model import PublishedModelSpec
from automl_operator.search.suggester import Suggestion


def moment(now: float) -> datetime:
    """A time as objects store it."""
    return datetime.fromtimestamp(now, UTC)


def seed_of(spec: ExperimentSpec, trial: int) -> int:
    """The seed for everything that is trained in a trial, from the trial's index."""
    return (spec.search.seed + trial) % 2**31


def plan_of(experiment: Experiment, spec: PlanSpec) -> Plan:
    """The experiment's plan; it is deleted with the experiment."""
    name = names.plan_name(experiment.metadata.name, experiment.metadata.uid)
    return Plan(metadata=_metadata(experiment, name, owned=True), spec=spec)


def trial_of(experiment: Experiment, suggestion: Suggestion, holder: str) -> Trial:
    """The trial that a suggestion becomes. An annotation names its first holder."""
    meta = experiment.metadata
    metadata = _metadata(experiment, names.trial_name(meta.name, meta.uid, suggestion.index), owned=True)
    spec = TrialSpec(
        experiment=meta.name,
        index=suggestion.index,
        configuration=suggestion.configuration,
        origin=suggestion.origin,
    )
    return Trial(metadata=metadata.replace(annotations={names.ANNOTATION_HOLDER: holder}), spec=spec)


def model_of(experiment: Experiment, spec: PublishedModelSpec, store: StoreSpec, now: float) -> PublishedModel:
    """The published model. It outlives the experiment and holds all that is needed to find it."""
    meta = experiment.metadata
    lineage = {"experiment": meta.name, "experiment_uid": meta.uid, "created_at": spec.created_at or moment(now)}
    lineage |= {"endpoint": store.endpoint, "region": store.region}
    name = names.model_name(meta.name, meta.uid)
    return PublishedModel(metadata=_metadata(experiment, name, owned=False), spec=spec.replace(**lineage))


def _metadata(experiment: Experiment, name: str, *, owned: bool) -> ObjectMeta:
    meta = experiment.metadata
    owner = OwnerReference(
        api_version=experiment.api_version,
        kind=experiment.kind,
        name=meta.name,
        uid=meta.uid,
        controller=True,
        block_owner_deletion=True,
    )
    return ObjectMeta(
        name=name,
        namespace=meta.namespace,
        labels={names.LABEL_EXPERIMENT: meta.name},
        owner_references=(owner,) if owned else (),
    )
