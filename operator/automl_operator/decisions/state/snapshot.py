"""What a decision may look at: the World's objects, and what the broker holds in memory.

Times are seconds of one monotonic-enough clock that the shell injects (`now`); nothing here reads a clock.
"""

from dataclasses import dataclass, field

from automl_api.protocol import Announcement, Assignment, Progress, Result
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.trial import FailureClass


@dataclass(frozen=True)
class Key:
    """An experiment's identity; what work queues are keyed by."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Ending:
    """Why a runner ended, translated by its World from pod status or exit code; `failure_class` is None for a clean exit."""

    failure_class: FailureClass | None
    reason: str
    message: str


@dataclass(frozen=True)
class RunnerState:
    """A runner (a Job of one pod, or a process) as the World sees it. `uid` is what its assignments are held under."""

    name: str
    uid: str
    pool: str
    phase: str
    """pending (not started yet), running or ended."""
    ending: Ending | None = None
    message: str = ""
    """What the World knows of a pending one, for example the scheduler's words."""
    problem: str = ""
    """Why a pending one does not start, one CamelCase word: Unschedulable, QuotaExceeded, ImagePullBackOff, ..."""
    pending_since: float | None = None
    """Since when it has been pending, or refused, where the World knows."""


@dataclass(frozen=True)
class Pool:
    """A class of nodes that runners may be started in. Locally there is one, this machine."""

    name: str
    slots: int
    """Slots of one runner."""
    max_runners: int
    memory_bytes: int = 0
    accelerator: str = ""
    cost_per_hour: float = 0.0
    """Of one runner, in whatever currency all pools have in common."""
    idle_timeout_seconds: float = 30.0
    scale_up_timeout_seconds: float = 900.0
    """How long a runner may be pending: nodes may have to be made first."""
    image: str = ""
    """What its runners are started from; empty where there are no images."""


@dataclass(frozen=True)
class StoreProblem:
    """Why the store cannot be used yet; it is looked at again and again, and goes away when it is put right.

    `reason` is one CamelCase word, `message` says what to do.
    """

    reason: str
    message: str
    blocks: bool = False
    """Whether no runner may be started before; else those that wait for the store go on by themselves."""


@dataclass(frozen=True)
class ExperimentRefusal:
    """Why a World will never have an experiment as it is: one CamelCase word, and a message that says what to do."""

    reason: str
    message: str


@dataclass(frozen=True)
class Snapshot:
    """What `World.observe` returns: the stored objects of one experiment, and its runners."""

    experiment: Experiment
    plan: Plan | None = None
    trials: tuple[Trial, ...] = ()
    """By index."""
    model: PublishedModel | None = None
    runners: tuple[RunnerState, ...] = ()
    pools: tuple[Pool, ...] = ()
    store: StoreSpec = field(default_factory=StoreSpec)
    """The store that assignments are given: the experiment's, the platform's, or the World's own."""
    store_problem: StoreProblem | None = None
    """What the World knows to be wrong with it."""
    refusal: ExperimentRefusal | None = None
    """Why nothing can come of the experiment here: an address that this World cannot read, a pool that there is not."""


@dataclass(frozen=True)
class RunnerSession:
    """A runner that has spoken to the broker since this process began."""

    uid: str
    announcement: Announcement
    last_heard: float
    free: int
    """Slots without work that wait for an answer right now; 0 while no call of it is open."""
    idle_since: float | None = None
    """Since when all of its slots are free, or None."""


@dataclass(frozen=True)
class Lease:
    """An assignment that a runner holds. An adopted one (after a restart) has no `assignment` but its progress."""

    id: str
    runner: str
    """The runner's uid."""
    granted_at: float
    last_heard: float
    progress: Progress
    assignment: Assignment | None = None
    cancelled_at: float | None = None
    """When it was called off; None while it is wanted."""
    stalled_seconds: float = 0.0
    """For how long, since it was granted, the broker stood still and nothing could be said to it."""

    @property
    def cancelled(self) -> bool:
        """Whether the runner is told to end it."""
        return self.cancelled_at is not None

    @property
    def ends_by(self) -> float | None:
        """When its runner will have ended it by itself and could say so, if it obeys; None where nothing limits it."""
        work = self.assignment
        limits = [limit for limit in (work.ends_in_seconds, work.timeout_seconds) if limit is not None] if work else []
        moments = [self.granted_at + limit for limit in limits]
        if self.cancelled_at is not None:
            moments.append(self.cancelled_at)
        return min(moments) + self.stalled_seconds if moments else None


@dataclass(frozen=True)
class PendingResult:
    """A result that a runner handed in and that is not yet covered by what is stored."""

    result: Result
    runner: str
    assignment: Assignment | None = None
    leased: bool = False
    """Whether its runner held a lease of it when it came, granted or adopted."""
