"""The state that the broker holds in memory for one experiment, as a decision sees it."""

from dataclasses import dataclass, field
from typing import Literal

from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Lease, PendingResult, RunnerSession
from automl_operator.search.suggester import Suggestion

WriteKind = Literal["runner", "plan", "trial", "model", "trial status", "runner's end", "status"]
"""The kinds of writes that can fail: each names the object that could not be written."""


@dataclass(frozen=True)
class HeldWrite:
    """A write that the World refused or failed to do. No such write is ordered before `until` (Unix seconds)."""

    what: WriteKind
    reason: str
    """One CamelCase word, or empty."""
    message: str
    until: float
    refused: bool = False
    """True when the World says that the write can never succeed as things are."""
    pool: str = ""
    """The pool, for the start of a runner."""


@dataclass(frozen=True)
class BrokerState:
    """The broker's memory of one experiment. Empty after a restart; the runners' reports fill it again."""

    opened_at: float
    """The time at which this process (this term) began to serve the experiment."""
    active_seconds: float
    """Seconds spent of the budget: the stored figure, and the time since then with a runner at work."""
    sessions: tuple[RunnerSession, ...] = ()
    leases: tuple[Lease, ...] = ()
    pending_results: tuple[PendingResult, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    """Suggestions that wait for a slot, by index; in memory only."""
    suggesting: int = 0
    """Suggestions that are being computed."""
    exhausted: bool = False
    """True when the search has nothing left to propose for the trials that exist."""
    search_failure: str = ""
    """The last error of a search that failed repeatedly for the trials that exist; empty while it works."""
    held_writes: tuple[HeldWrite, ...] = ()
    """The last failure of each kind of write, until such a write succeeds. Starts of runners are held by pool."""
    stalled_seconds: float = 0.0
    """Seconds for which this process has stood still since it began and could receive nothing."""
    status_written_at: float = field(default=float("-inf"))
    """The time at which this process last wrote the experiment's status."""
    progress_cache: ProgressCache = field(default_factory=ProgressCache, compare=False, repr=False)
    """The cache from the last decision; no decision depends on it."""

    @property
    def introduced_by(self) -> float:
        """The moment until which runners from before this process may still announce their work."""
        return self.opened_at + self.stalled_seconds + LEASE_LIFETIME_SECONDS
