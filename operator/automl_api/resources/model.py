"""AutoMLModel: a published result, which outlives its experiment."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from automl_api.base import Model
from automl_api.limits import MAX_MESSAGE
from automl_api.metrics import Task
from automl_api.names import API_VERSION
from automl_api.resources.experiment_status import FinalScore, UserTestScore
from automl_api.resources.metadata import ObjectMeta

PartName = Annotated[str, Field(max_length=20, pattern=r"^(fold-(0|[1-9][0-9]?)|refit)$")]


class SignatureColumn(Model):
    """One column that the model reads."""

    name: Annotated[str, Field(max_length=256)]
    """The column's name."""
    kind: Literal["numeric", "categorical", "boolean", "datetime", "text"]
    """The type that the model reads it as."""


class Member(Model):
    """A trial that the model is made of."""

    trial: Annotated[str, Field(max_length=63)]
    """The trial's name."""
    learner: Annotated[str, Field(max_length=63)]
    """Its learner."""
    view: Annotated[str, Field(max_length=63)] = "plain"
    """Its view."""
    weight: float
    """Its weight in the blend; 0 for a member of the stack only."""
    temperature: Annotated[float, Field(ge=0.01, le=100)] = 1.0
    """The temperature of its own probabilities: above 1 makes them less confident, below 1 more."""
    parts: Annotated[tuple[PartName, ...], Field(max_length=20)] = ()
    """Its models, which are averaged, for example fold-0 or refit; the bundle has each at members/TRIAL/PART."""


class PublishedModelSpec(Model):
    """A published model: its address, its score and its parts."""

    uri: Annotated[str, Field(max_length=1024)]
    """The address of the bundle."""
    endpoint: Annotated[str, Field(max_length=1024)] = ""
    """The address of the bundle's S3 server, where it is not AWS."""
    region: Annotated[str, Field(max_length=63)] = ""
    """The bucket's region, where it was given."""
    digest: Annotated[str, Field(max_length=71)]
    """sha256:HEX of the bundle's manifest."""
    task: Task
    """The kind of question."""
    target: Annotated[str, Field(max_length=256)]
    """The column that it predicts."""
    score: FinalScore
    """Its score on rows that were not used to choose it."""
    test_score: UserTestScore | None = None
    """Its score on the rows of `evaluation.test`."""
    test_failure: Annotated[str, Field(max_length=MAX_MESSAGE)] = ""
    """The reason why it could not be scored on the rows of `evaluation.test`; empty where it was, or was not to be."""
    members: Annotated[tuple[Member, ...], Field(max_length=100)] = ()
    """The trials that it is made of, heaviest first."""
    columns: Annotated[tuple[SignatureColumn, ...], Field(max_length=500)] = ()
    """The first 500 columns that it reads; the bundle has them all."""
    classes: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    """The classes in the order of the probabilities; empty for regression."""
    experiment: Annotated[str, Field(max_length=63)] = ""
    """The experiment that it answers."""
    experiment_uid: Annotated[str, Field(max_length=63)] = ""
    """That experiment's uid."""
    created_at: AwareDatetime | None = None
    """Time of publication."""


class PublishedModel(Model):
    """A published model."""

    api_version: Literal["automl-operator.dev/v1alpha1"] = API_VERSION
    kind: Literal["AutoMLModel"] = "AutoMLModel"
    metadata: ObjectMeta
    spec: PublishedModelSpec
