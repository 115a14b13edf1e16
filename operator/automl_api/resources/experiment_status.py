"""The status of an experiment. Its size is bounded, whatever the number of trials."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from automl_api.base import Model
from automl_api.resources.conditions import Condition

State = Literal["Pending", "Preparing", "Searching", "Finalizing", "Suspended", "Complete", "Failed"]
FINAL_STATES: tuple[State, ...] = ("Complete", "Failed")


class TrialCounts(Model):
    """Number of trials, by state; recomputed from the trials, never counted up."""

    total: int = 0
    """All trials so far."""
    running: int = 0
    """Trials at work or waiting to go on."""
    succeeded: int = 0
    """Trials with every fold finished."""
    stopped: int = 0
    """Trials ended early: hopeless, or the budget was spent."""
    infeasible: int = 0
    """Trials whose configuration cannot be trained here."""
    failed: int = 0
    """Trials that ended in an error of the program or the data."""


class LeaderboardEntry(Model):
    """One line of the leaderboard."""

    trial: str
    """The trial's name."""
    learner: str
    """Its learner."""
    view: str = "plain"
    """Its view of the data."""
    score: float
    """Its mean score over the folds, to six significant digits."""
    folds: int
    """The number of folds in the mean."""


class WorkStatus(Model):
    """The runner and the attempts of the prepare or the finalize assignment."""

    holder: str = ""
    """The runner that leased it last."""
    attempts: int = 0
    """Number of times it was leased."""
    failures: int = 0
    """Number of these attempts that failed."""
    resource_failures: int = 0
    """Number of these failures for lack of memory or disk; the next attempt goes to the runner with the most memory."""
    message: Annotated[str, Field(max_length=4096)] = ""
    """The message of the last failure."""


class FinalScore(Model):
    """The published model's score on rows that were not used to choose it."""

    metric: str
    """The metric."""
    value: float
    """The score."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end of its 95 % interval."""
    basis: Literal["holdout", "cross-fitted"]
    """The way it was measured: on a holdout, or cross-fitted over the folds, with the gain of averaging their models."""
    trained_share: float = 1.0
    """The smallest share of the rows that a scored model was trained on; the published model may be trained on more."""


class UserTestScore(Model):
    """The published model's score on the rows of `evaluation.test`."""

    metric: str
    """The metric."""
    value: float
    """The score."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end of its 95 % interval."""
    rows: int
    """Number of rows that were scored; rows without a label and rows of weight 0 are left out."""
    metrics: Annotated[dict[str, float], Field(max_length=40)] = Field(default_factory=dict)
    """The scores in every metric of the task that is defined on these rows."""


class ExperimentStatus(Model):
    """The progress and the result of an experiment."""

    state: State = "Pending"
    """The experiment's state."""
    observed_generation: int = 0
    """The generation of the spec that this status is about."""
    started_at: AwareDatetime | None = None
    """Time of the first lease of work."""
    completed_at: AwareDatetime | None = None
    """Time of the experiment's end."""
    updated_at: AwareDatetime | None = None
    """Time at which this status was written."""
    active_seconds: float = 0.0
    """Seconds of the budget that are spent."""
    task: str = ""
    """The kind of question, as given or as detected."""
    metric: str = ""
    """The metric, as given or as chosen."""
    trials: TrialCounts = TrialCounts()
    """Number of trials, by state."""
    best: LeaderboardEntry | None = None
    """The best trial so far."""
    leaderboard: Annotated[tuple[LeaderboardEntry, ...], Field(max_length=10)] = ()
    """The ten best of the trials that finished the same folds: the most that any trial has finished."""
    prepare: WorkStatus = WorkStatus()
    """The assignment that prepares the data."""
    finalize: WorkStatus = WorkStatus()
    """The assignment that builds the model."""
    images: Annotated[dict[str, str], Field(max_length=16)] = Field(default_factory=dict)
    """The image of each pool, resolved at the start."""
    model: str = ""
    """The published model's name."""
    score: FinalScore | None = None
    """The published model's score."""
    test_score: UserTestScore | None = None
    """The published model's score on the rows of `evaluation.test`."""
    conditions: Annotated[tuple[Condition, ...], Field(max_length=16)] = ()
    """Statements about the experiment, with their reasons."""
