"""What a decision can order. Applied in order; when one fails the rest is dropped and the experiment is decided anew.

World actions are durable and idempotent; desk actions change the broker's memory or answer a runner.
"""

from dataclasses import dataclass, field

from automl_api.protocol import Assignment
from automl_api.resources import ExperimentStatus, Plan, PublishedModel, Trial, TrialStatus
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.search.suggester import SuggestRequest


@dataclass(frozen=True)
class CreatePlan:
    """Store the plan. One that exists already is kept."""

    plan: Plan


@dataclass(frozen=True)
class CreateTrial:
    """Store a trial: the durable claim of its first lease. One that exists already is the truth: `Superseded` is raised."""

    trial: Trial


@dataclass(frozen=True)
class WriteTrialStatus:
    """Write the status of a trial."""

    name: str
    status: TrialStatus


@dataclass(frozen=True)
class CreateModel:
    """Store the published model. One that exists already is kept."""

    model: PublishedModel


@dataclass(frozen=True)
class WriteExperimentStatus:
    """Write the status of the experiment."""

    status: ExperimentStatus


@dataclass(frozen=True)
class StartRunner:
    """Start a runner in a pool. One of that name that exists already is kept."""

    name: str
    pool: str


@dataclass(frozen=True)
class StopRunner:
    """End a runner and remove it. One that does not exist is fine."""

    name: str
    reason: str


@dataclass(frozen=True)
class Suggest:
    """Have suggestions computed in a worker process."""

    request: SuggestRequest


@dataclass(frozen=True)
class Grant:
    """Give an assignment to a runner that waits for one; uses up the suggestion of that index, if it was one."""

    runner: str
    assignment: Assignment
    suggestion: int | None = None


@dataclass(frozen=True)
class Cancel:
    """Have a runner end an assignment at once."""

    lease: str


@dataclass(frozen=True)
class Dismiss:
    """Tell a waiting runner to leave."""

    runner: str


@dataclass(frozen=True)
class DropLease:
    """Forget a lease whose runner is lost."""

    lease: str


@dataclass(frozen=True)
class DropResult:
    """Forget a result: what is stored covers it, or nobody wants it. `refused` says why it was never believed."""

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
    """Actions to apply in order, and after how many seconds to decide again even if nothing happens (None: no need)."""

    actions: tuple[Action, ...] = ()
    requeue_after: float | None = None
    progress_cache: ProgressCache = field(default_factory=ProgressCache, compare=False, repr=False)
    """For the next decision: it is faster with it, and the same without."""
