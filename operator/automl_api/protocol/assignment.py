"""Assignments: the work that runners lease. Each is idempotent, `finalize` included."""

from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model
from automl_api.resources.experiment import ExperimentSpec, StoreSpec
from automl_api.resources.plan import Artefact
from automl_api.resources.trial import Configuration

REFITS_PER_LEARNER = 2
MOST_REFITS = 10
"""The most trials that a model trained on all rows may be made of: for each learner, and in total."""
WorkKind = Literal["prepare", "fit", "refit", "finalize"]


class PrepareWork(Model):
    """Read, check and encode the data, assign the folds, and make the plan."""

    spec: ExperimentSpec


class FitWork(Model):
    """Train one configuration on some folds. A fold that is in the store already is reported without training."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    prepared: Artefact
    seed: int


class RefitWork(Model):
    """Train a configuration on all rows, including the holdout, or on as many as the time left allows."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    """The finished folds, from which the number of boosting rounds follows."""
    prepared: Artefact
    seed: int
    share: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """The share of all rows to train on."""


class Candidate(Model):
    """A trial that the model may be made of, with its finished folds."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    refit: bool = False
    """True when it was also trained on all rows."""


class FinalizeWork(Model):
    """Build, score and publish the model from finished folds."""

    prepared: Artefact
    candidates: tuple[Candidate, ...]
    model: str
    """The name of the model to publish; its bundle is stored at `models/<name>`."""
    spec: ExperimentSpec


class Assignment(Model):
    """One piece of work for one slot; exactly one kind of work is set."""

    id: str
    """Unique among the experiment's assignments; a repeated piece of work has another id."""
    attempt: int
    """The number of this attempt at the work, from 1."""
    experiment: str
    uid: str
    """The experiment's name and uid."""
    store: StoreSpec
    kind: WorkKind
    prepare: PrepareWork | None = None
    fit: FitWork | None = None
    refit: RefitWork | None = None
    finalize: FinalizeWork | None = None
    ends_in_seconds: float | None = None
    """The runner itself ends the work after this time and reports it as cancelled: the budget is spent."""
    timeout_seconds: float | None = None
    """The runner itself ends the work after this time and reports a failure of the configuration: it takes too long."""
