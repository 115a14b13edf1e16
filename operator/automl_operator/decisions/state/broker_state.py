"""WriteKind the broker holds in memory for one experiment, as a decision sees it."""

from dataclasses import dataclass, field
from typing import Literal

from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Lease, PendingResult, RunnerSession
from automl_operator.search.suggester import Suggestion

WriteKind = Literal["runner", "plan", "trial", "model", "trial status", "runner's end", "status"]
"""WriteKind could not be written; for short, what it is of."""


@dataclass(frozen=True)
class HeldWrite:
    """A write that the World would not or could not do: a create of its kind is not ordered before `until` (unix seconds)."""

    what: WriteKind
    reason: str
    """One CamelCase word, or empty."""
    message: str
    until: float
    refused: bool = False
    """Whether the World says that it never will, as things are."""
    pool: str = ""
    """Of a runner."""


@dataclass(frozen=True)
class BrokerState:
    """WriteKind the broker holds in memory for one experiment; empty after a restart, and relearned from the runners."""

    opened_at: float
    """When this process (this term) began to serve the experiment."""
    active_seconds: float
    """Time spent of the budget: the stored figure plus what this process has seen with a runner at work."""
    sessions: tuple[RunnerSession, ...] = ()
    leases: tuple[Lease, ...] = ()
    pending_results: tuple[PendingResult, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    """Waiting for a slot, by index; in memory only."""
    suggesting: int = 0
    """Suggestions asked for and not answered yet."""
    exhausted: bool = False
    """The search has said that it has nothing left to propose (for the trials there are)."""
    search_failure: str = ""
    """The last words of a search that failed again and again over the trials there are; empty while it works."""
    held_writes: tuple[HeldWrite, ...] = ()
    """The last failure of each kind of write, of runners in each pool, where none has succeeded since."""
    stalled_seconds: float = 0.0
    """For how long this process has stood still since it began: nobody could be heard meanwhile."""
    status_written_at: float = field(default=float("-inf"))
    """When the experiment's status was last written by this process."""
    progress_cache: ProgressCache = field(default_factory=ProgressCache, compare=False, repr=False)
    """What the last decision has passed on; no answer depends on it."""

    @property
    def introduced_by(self) -> float:
        """Until when runners from before this process may still say what they hold."""
        return self.opened_at + self.stalled_seconds + LEASE_LIFETIME_SECONDS
