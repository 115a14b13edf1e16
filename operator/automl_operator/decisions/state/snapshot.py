"""The input of a decision: the World's objects, and the broker's memory.

Times are seconds of one clock that the caller passes in (`now`). Nothing here reads a clock.
"""

from dataclasses import dataclass, field

from automl_api.protocol import Announcement, Assignment, Progress, Result
from automl_api.resources import Experiment, Plan, PublishedModel, Trial
from automl_api.resources.experiment import StoreSpec
from automl_api.resources.trial import FailureClass


@dataclass(frozen=True)
class Key:
    """An experiment's identity: the key of work queues."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Ending:
    """The end of a runner, as its World reads it from pod status or exit code. A clean exit has no `failure_class`."""

    failure_class: FailureClass | None
    reason: str
    message: str


@dataclass(frozen=True)
class RunnerState:
    """A runner (a Job of one pod, or a process) as the World sees it. Its assignments are held under `uid`."""

    name: str
    uid: str
    pool: str
    phase: str
    """pending (not started yet), running or ended."""
    ending: Ending | None = None
    message: str = ""
    """A message about a pending runner, for example the scheduler's."""
    problem: str = ""
    """The reason why a pending runner does not start: Unschedulable, QuotaExceeded, ImagePullBackOff, ..."""
    pending_since: float | None = None
    """The time since which the runner is pending or refused, where the World knows it."""


@dataclass(frozen=True)
class Pool:
    """A class of nodes that runners are started on. A local run has one: this machine."""

    name: str
    slots: int
    """Slots of one runner."""
    max_runners: int
    memory_bytes: int = 0
    accelerator: str = ""
    cost_per_hour: float = 0.0
    """The price of one runner, in the currency that all pools share."""
    idle_timeout_seconds: float = 30.0
    scale_up_timeout_seconds: float = 900.0
    """The longest time that a runner may be pending; nodes may have to be added first."""
    image: str = ""
    """The image that its runners start from; empty where there are no images."""


@dataclass(frozen=True)
class StoreProblem:
    """The reason why the store cannot be used yet. The World checks it again until it is repaired.

    `reason` is one CamelCase word, `message` says what to do.
    """

    reason: str
    message: str
    blocks: bool = False
    """True when no runner may start before the repair. Otherwise runners start, and wait for the store themselves."""


@dataclass(frozen=True)
class ExperimentRefusal:
    """The reason why a World can never run the experiment as it is: a CamelCase word, and a message with the remedy."""

    reason: str
    message: str


@dataclass(frozen=True)
class Snapshot:
    """The stored objects of one experiment and its runners, as `World.observe` returns them."""

    experiment: Experiment
    plan: Plan | None = None
    trials: tuple[Trial, ...] = ()
    """By index."""
    model: PublishedModel | None = None
    runners: tuple[RunnerState, ...] = ()
    pools: tuple[Pool, ...] = ()
    store: StoreSpec = field(default_factory=StoreSpec)
    """The store for assignments: the experiment's, the platform's, or the World's own."""
    store_problem: StoreProblem | None = None
    """The problem of the store, where the World knows one."""
    refusal: ExperimentRefusal | None = None
    """The refusal of the experiment, for an address that this World cannot read or a pool that does not exist."""


@dataclass(frozen=True)
class RunnerSession:
    """A runner that has contacted the broker since this process began."""

    uid: str
    announcement: Announcement
    last_heartbeat: float
    free: int
    """Free slots that wait for an answer now; 0 while no call of the runner is open."""
    idle_since: float | None = None
    """The time since which all of its slots are free; None while a slot is busy."""


@dataclass(frozen=True)
class Lease:
    """An assignment that a runner holds. An adopted lease (after a restart) has no `assignment`, only its progress."""

    id: str
    runner: str
    """The runner's uid."""
    granted_at: float
    last_heartbeat: float
    progress: Progress
    assignment: Assignment | None = None
    cancelled_at: float | None = None
    """The time of its cancellation; None while it is wanted."""
    stalled_seconds: float = 0.0
    """Seconds, since the grant, in which the broker stood still and the runner could report nothing."""

    @property
    def cancelled(self) -> bool:
        """True when the runner is told to end it."""
        return self.cancelled_at is not None

    @property
    def ends_by(self) -> float | None:
        """The time by which its runner should have ended it and reported that. None without a limit."""
        work = self.assignment
        limits = [limit for limit in (work.ends_in_seconds, work.timeout_seconds) if limit is not None] if work else []
        moments = [self.granted_at + limit for limit in limits]
        if self.cancelled_at is not None:
            moments.append(self.cancelled_at)
        return min(moments) + self.stalled_seconds if moments else None


@dataclass(frozen=True)
class PendingResult:
    """A result that a runner has reported and that the stored objects do not cover yet."""

    result: Result
    runner: str
    assignment: Assignment | None = None
    leased: bool = False
    """True when its runner held a lease of it, granted or adopted, when the result arrived."""
