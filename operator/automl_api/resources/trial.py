"""AutoMLTrial: one configuration and its progress. Its spec never changes."""

import json
from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model, Scalar
from automl_api.limits import MAX_MESSAGE, MAX_REASON
from automl_api.names import API_VERSION
from automl_api.resources.metadata import ObjectMeta

TrialState = Literal["Running", "Paused", "Succeeded", "Stopped", "Infeasible", "Failed"]
FINAL_TRIAL_STATES: tuple[TrialState, ...] = ("Succeeded", "Stopped", "Infeasible", "Failed")
Origin = Literal["default", "portfolio", "search"]
MAX_SCORE = 1e150
"""The greatest absolute value of a score; sums and squares of such scores are finite."""
FailureClass = Literal["infrastructure", "resources", "configuration", "program"]


class Configuration(Model):
    """A view, a learner and its parameters."""

    view: Annotated[str, Field(max_length=63)] = "plain"
    """The view that turns the prepared data into features."""
    learner: Annotated[str, Field(max_length=63)]
    """The learner."""
    parameters: Annotated[dict[str, Scalar], Field(max_length=64)] = Field(default_factory=dict)
    """The learner's parameters; only those that are active."""

    @property
    def key(self) -> str:
        """A text that is equal for equal configurations only. 1 equals 1.0: the API server may return either."""
        parameters = {name: float(x) if type(x) is int else x for name, x in self.parameters.items()}
        return json.dumps([self.view, self.learner, parameters], sort_keys=True)


class FoldResult(Model):
    """The summary of one finished fold; its manifest in the store is authoritative."""

    fold: Annotated[int, Field(ge=0, le=19)]
    """The fold's number, from 0."""
    score: Annotated[float, Field(ge=-MAX_SCORE, le=MAX_SCORE)]
    """Its score in the experiment's metric."""
    seconds: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    """Seconds of the fit."""
    peak_memory_bytes: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Peak memory of the process that fitted it, in bytes."""
    model_bytes: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Size of the fold's model, in bytes."""
    rounds: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Boosting rounds or trees, where the learner has them."""
    view_adds_nothing: bool = False
    """True when its view is not plain, but the model is the one of the view plain."""
    manifest: Annotated[str, Field(max_length=512)] = ""
    """The path of its manifest in the store."""
    digest: Annotated[str, Field(max_length=71)] = ""
    """sha256:HEX of its manifest."""


class RefitResult(Model):
    """The summary of a training on all rows; its manifest in the store is authoritative."""

    share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """The share of all rows that it was trained on; under 1 where there was no time for all."""
    seconds: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    """Seconds of the fit."""
    peak_memory_bytes: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Peak memory of the process that fitted it, in bytes."""
    model_bytes: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Size of the model, in bytes."""
    rounds: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Boosting rounds or trees, where the learner has them."""
    manifest: Annotated[str, Field(max_length=512)] = ""
    """The path of its manifest in the store."""
    digest: Annotated[str, Field(max_length=71)] = ""
    """sha256:HEX of its manifest."""


class RefitStatus(Model):
    """The result of training on all rows; written when it has ended or failed."""

    result: RefitResult | None = None
    """Its result."""
    failures: int = 0
    """Number of times it failed or its runner was lost."""
    message: Annotated[str, Field(max_length=MAX_MESSAGE)] = ""
    """The message of the last failure."""


class TrialSpec(Model):
    """One configuration to try."""

    experiment: Annotated[str, Field(max_length=63)]
    """The experiment's name."""
    index: Annotated[int, Field(ge=0)]
    """The trial's number, from 0."""
    configuration: Configuration
    """The configuration."""
    origin: Origin = "search"
    """The origin of the configuration: a learner's default, its portfolio, or the search."""


class TrialStatus(Model):
    """The progress of a trial; written when it pauses or stops."""

    state: TrialState = "Running"
    """The trial's state."""
    folds: Annotated[tuple[FoldResult, ...], Field(max_length=20)] = ()
    """The folds finished so far, by number."""
    score: float | None = None
    """The mean score over the finished folds."""
    refit: RefitStatus | None = None
    """The model trained on all rows, where one is published in place of the folds' models."""
    attempts: int = 1
    """Number of attempts: one, and one more each time that work was leased anew after a failure or a loss."""
    resource_failures: int = 0
    """Number of attempts that ran out of memory or disk."""
    holder: str = ""
    """The runner that has held it since the last attempt; the first runner is in the annotation."""
    failure_class: FailureClass | None = None
    """The class of the failure that `reason` names; absent where the trial was stopped for another reason."""
    reason: Annotated[str, Field(max_length=MAX_REASON)] = ""
    """The reason why it stopped, in one CamelCase word."""
    message: Annotated[str, Field(max_length=MAX_MESSAGE)] = ""
    """The reason why it stopped, in a sentence."""
    last_failure: Annotated[str, Field(max_length=1024)] = ""
    """The last failure of a trial that was stopped for another reason: its reason and its message."""


class Trial(Model):
    """One configuration and its progress."""

    api_version: Literal["automl-operator.dev/v1alpha1"] = API_VERSION
    kind: Literal["AutoMLTrial"] = "AutoMLTrial"
    metadata: ObjectMeta
    spec: TrialSpec
    status: TrialStatus = TrialStatus()
