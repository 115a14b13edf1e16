"""The memory of a simulated operator, which is lost when the operator dies."""

from collections import deque
from dataclasses import dataclass, field, replace

from automl_api.protocol import Announcement, Result
from automl_api.resources import Configuration
from automl_operator.broker.held_writes import HeldWrites
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.decisions.state.snapshot import Lease, PendingResult, RunnerSession
from automl_operator.search.suggester import Suggestion, SuggestRequest
from simulation.runners import SimRunner

HEARTBEAT = 10.0


@dataclass
class Memory:
    """State that is lost with the operator."""

    opened_at: float
    stored_seconds: float
    counted: float = 0.0
    heard: dict[str, float] = field(default_factory=dict)
    idle_since: dict[str, float] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    pending_results: dict[str, PendingResult] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    suggestions: dict[int, Suggestion] = field(default_factory=dict)
    asked: deque[tuple[float, SuggestRequest]] = field(default_factory=deque)
    forgotten: int = 0
    exhausted: bool = False
    results: dict[str, PendingResult] = field(default_factory=dict)
    """Finished results, as they would be handed in again."""
    written_at: float = float("-inf")
    held_writes: HeldWrites = field(default_factory=HeldWrites)
    progress_cache: ProgressCache = field(default_factory=ProgressCache)

    def hear(self, runner: SimRunner, now: float) -> None:
        """A runner reports what it holds. Unknown work is adopted; cancelled work is marked to end."""
        runner.next_heartbeat = now + HEARTBEAT
        self.heard[runner.uid] = now
        for progress in runner.progress():
            lease = self.leases.get(progress.id)
            if lease is None and progress.id not in self.over:
                lease = Lease(progress.id, runner.uid, now, now, progress)
            if lease is not None:
                self.leases[progress.id] = replace(lease, progress=progress, last_heartbeat=now)
        for lease in self.leases.values():
            if lease.runner == runner.uid and lease.cancelled and lease.id in runner.holding:
                runner.holding[lease.id].told_to_end = True

    def hand_in(self, uid: str, result: Result, now: float) -> None:
        """A result ends its lease; a repeated result is ignored."""
        lease = self.leases.pop(result.id, None)
        pending = PendingResult(result, uid, lease.assignment if lease else None, leased=lease is not None)
        if result.id not in self.over:
            self.pending_results[result.id] = pending
            self.over.add(result.id)
            self.results[result.id] = replace(pending, assignment=None, leased=False)
            self.exhausted = False

    def broker(self, runners: list[SimRunner], now: float) -> BrokerState:
        """The memory as a decision sees it."""
        known = [runner for runner in runners if runner.uid in self.heard and runner.ending is None]
        return BrokerState(
            opened_at=self.opened_at,
            active_seconds=self.stored_seconds + self.counted,
            sessions=tuple(self._session(runner, now) for runner in known),
            leases=tuple(self.leases.values()),
            pending_results=tuple(self.pending_results.values()),
            suggestions=tuple(self.suggestions[index] for index in sorted(self.suggestions)),
            suggesting=sum(request.count for _, request in self.asked),
            exhausted=self.exhausted,
            held_writes=self.held_writes.held(),
            status_written_at=self.written_at,
            progress_cache=self.progress_cache,
        )

    def _session(self, runner: SimRunner, now: float) -> RunnerSession:
        free = 0 if runner.leaving or not runner.speaks(now) else runner.slots - len(runner.holding)
        if runner.holding or any(lease.runner == runner.uid for lease in self.leases.values()):
            self.idle_since.pop(runner.uid, None)
        else:
            self.idle_since.setdefault(runner.uid, now)
        announcement = Announcement(slots=runner.slots, work=runner.work, accelerator=runner.pool.accelerator)
        return RunnerSession(runner.uid, announcement, self.heard[runner.uid], free, self.idle_since.get(runner.uid))


def propose(request: SuggestRequest, space: int) -> list[Suggestion]:
    """A tiny search: the numbers 0, 1, ... for each learner in turn, none twice."""
    taken = {seen.configuration.key for seen in request.observations}
    free = (
        Configuration(learner=learner.name, parameters={"x": x}) for x in range(space) for learner in request.learners
    )
    fresh = (configuration for configuration in free if configuration.key not in taken)
    found = zip(range(request.next_index, request.next_index + request.count), fresh, strict=False)
    return [Suggestion(index=index, configuration=configuration, origin="search") for index, configuration in found]
