"""The actions that a decision can order. They are applied in order; `controller.apply` says what happens on failure.

World actions are durable and idempotent. Broker actions change the broker's memory or answer a runner.
"""

from dataclasses import dataclass, field

from automl_api.protocol import Assignment
from automl_api.resources import ExperimentStatus, Plan, PublishedModel, Trial, TrialStatus
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.search.suggester import SuggestRequest


@dataclass(frozen=True)
class CreatePlan:
    """Store the plan. An existing plan is kept."""

    plan: Plan


@dataclass(frozen=True)
class CreateTrial:
    """Store a trial, the durable claim of its first lease. Where the trial exists already, `Superseded` is raised."""

    trial: Trial


@dataclass(frozen=True)
class WriteTrialStatus:
    """Write the status of a trial."""

    name: str
    status: TrialStatus


@dataclass(frozen=True)
class CreateModel:
    """Store the published model. An existing model is kept."""

    model: PublishedModel


@dataclass(frozen=True)
class WriteExperimentStatus:
    """Write the status of the experiment."""

    status: ExperimentStatus


@dataclass(frozen=True)
class StartRunner:
    """Start a runner in a pool. An existing runner of that name is kept."""

    name: str
    pool: str


@dataclass(frozen=True)
class StopRunner:
    """End a runner and remove it. A runner that does not exist is no error."""

    name: str
    reason: str


@dataclass(frozen=True)
class Suggest:
    """Request suggestions from the worker process."""

    request: SuggestRequest


@dataclass(frozen=True)
class Grant:
    """Give an assignment to a waiting runner. Uses up the suggestion of that index, if there is one."""

    runner: str
    assignment: Assignment
    suggestion: int | None = None


@dataclass(frozen=True)
class Cancel:
    """Make a runner end an assignment at once."""

    lease: str


@dataclass(frozen=True)
class Dismiss:
    """Tell a waiting runner to leave."""

    runner: str


@dataclass(frozen=True)
class DropLease:
    """Forget a lease whose runner is lost or stopped."""

    lease: str


@dataclass(frozen=True)
class DropResult:
    """Forget a result that the stored objects cover or that is not wanted. `refused` says why it was not accepted."""

    assignment: str
    refused: str = field(default="", compare=False)


@dataclass(frozen=True)
class DropSuggestions:
    """Forget the waiting suggestions: they will not be tried."""


WorldAction = (
    CreatePlan | CreateTrial | WriteTrialStatus | CreateModel | WriteExperimentStatus | StartRunner | StopRunner
)
BrokerAction = Suggest | Grant | Cancel | Dismiss | DropLease | DropResult | DropSuggestions
Action = WorldAction | BrokerAction


@dataclass(frozen=True)
class Decision:
    """Actions to apply in order, and the seconds after which to decide again without an event (None: no need)."""

    actions: tuple[Action, ...] = ()
    requeue_after: float | None = None
    progress_cache: ProgressCache = field(default_factory=ProgressCache, compare=False, repr=False)
    """The cache for the next decision: it saves time and does not change the result."""
