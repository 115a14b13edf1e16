"""Assignments: what a runner leases. Each is idempotent, `finalize` included."""

from typing import Literal

from automl_api.base import Model
from automl_api.resources.experiment import ExperimentSpec, StoreSpec
from automl_api.resources.plan import Artefact
from automl_api.resources.trial import Configuration

REFITS_PER_LEARNER = 2
MOST_REFITS = 10
"""Of a model that is trained on all rows, the most trials of a learner that it may be made of, and of all."""
WorkKind = Literal["prepare", "fit", "refit", "finalize"]


class PrepareWork(Model):
    """Read, check and encode the data, lay the folds, and make the plan."""

    spec: ExperimentSpec


class FitWork(Model):
    """One configuration, some folds. A fold that is in the store already is handed in without training."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    prepared: Artefact
    seed: int


class RefitWork(Model):
    """Train a configuration once more, on all rows with those of the holdout, as its finished folds have shown it best."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    """The finished folds, from which the number of boosting rounds follows."""
    prepared: Artefact
    seed: int


class Candidate(Model):
    """A trial that the model may be made of, with the folds that it has finished."""

    trial: str
    configuration: Configuration
    folds: tuple[int, ...]
    refit: bool = False
    """Whether it was trained on all rows, too."""


class FinalizeWork(Model):
    """Build, score and publish the model from finished folds."""

    prepared: Artefact
    candidates: tuple[Candidate, ...]
    model: str
    """The name of the model to publish; its bundle lies in the store at `models/<name>`."""
    spec: ExperimentSpec


class Assignment(Model):
    """One piece of work for one slot; exactly one of the kinds of work is given."""

    id: str
    """Unique among the experiment's assignments; a repeated piece of work has another id."""
    attempt: int
    """Which try at this piece of work it is, from 1."""
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
