"""The state that the broker holds in memory for one experiment, and the only way to change it.

It has no clock and no socket: the time is an argument, and a callback says that the response to an open call is ready.
"""

from collections.abc import Callable, Collection

from automl_api.protocol import Announcement, Assignment, LeaseAnswer, Progress, Result
from automl_api.protocol.calls import LEASE_LIFETIME_SECONDS
from automl_operator.broker.budget_clock import BudgetClock
from automl_operator.broker.call import Call
from automl_operator.broker.held_writes import HeldWrites
from automl_operator.broker.leases import Leases
from automl_operator.broker.runner_sessions import RunnerSessions
from automl_operator.broker.suggestion_queue import SuggestionQueue
from automl_operator.decisions.state.broker_state import BrokerState, WriteKind
from automl_operator.decisions.state.progress_cache import ProgressCache
from automl_operator.search.suggester import SuggestAnswer

FORGET_SECONDS = 10 * LEASE_LIFETIME_SECONDS
"""A runner's session is forgotten after this much silence."""


class ExperimentMemory:
    """The memory behind `BrokerState`. `runner` is a runner's uid, `now` is in Unix seconds."""

    def __init__(self, now: float) -> None:
        self.uid = ""
        """The experiment's uid, once the controller has seen it. Another uid is another experiment."""
        self._opened_at = now
        self._stalled_seconds = 0.0
        self._stored_seconds: float | None = None
        self._status_written_at = float("-inf")
        self._budget_clock = BudgetClock(now)
        self._leases = Leases()
        self._sessions = RunnerSessions()
        self._suggestions = SuggestionQueue()
        self._held_writes = HeldWrites()
        self._progress_cache = ProgressCache()

    def view(self, now: float) -> BrokerState:
        """The memory as a decision sees it."""
        return BrokerState(
            opened_at=self._opened_at,
            active_seconds=(self._stored_seconds or 0.0) + self._budget_clock.seconds(now),
            sessions=self._sessions.sessions(),
            leases=self._leases.leases(),
            pending_results=self._leases.pending_results(),
            suggestions=self._suggestions.waiting(),
            suggesting=self._suggestions.suggesting,
            exhausted=self._suggestions.exhausted,
            search_failure=self._suggestions.failure,
            held_writes=self._held_writes.held(),
            stalled_seconds=self._stalled_seconds,
            status_written_at=self._status_written_at,
            progress_cache=self._progress_cache,
        )

    def begin(self, seconds_ago: float, now: float) -> None:
        """Start the budget's clock `seconds_ago`, without waiting for the first lease."""
        since = now - seconds_ago
        self._budget_clock = BudgetClock(since)
        self._budget_clock.alive_until(now + LEASE_LIFETIME_SECONDS, since)

    def stalled(self, seconds: float, now: float) -> None:
        """Record that this process stood still for `seconds`, until now. It does not count as runners' silence."""
        self._stalled_seconds += seconds
        self._leases.stalled(seconds, now)
        self._sessions.stalled(seconds, now)

    # Reports from runners.

    def ask(
        self,
        runner: str,
        announcement: Announcement,
        free: int,
        holding: tuple[Progress, ...],
        now: float,
        on_ready: Callable[[], None],
    ) -> Call:
        """Open a runner's call for work. `on_ready` is called, perhaps at once, when `answer` can be called.

        Assignments granted to the runner that are not in `holding` never reached it. This response sends them again.
        """
        self._leases.record_heartbeat(runner, holding, now)
        call = self._sessions.open(runner, announcement, free, now, on_ready)
        if not call.leave:
            for assignment in self._leases.undelivered(runner, holding):
                call.give(assignment)
        self._alive(runner, now)
        if call.assignments:
            call.ready()
        return call

    def heartbeat(self, runner: str, holding: tuple[Progress, ...], now: float) -> bool:
        """Take a runner's heartbeat with its work in progress. Returns True when a decision may change."""
        news = self._leases.record_heartbeat(runner, holding, now)
        self._alive(runner, now)
        return news

    def hand_in(self, runner: str, result: Result, now: float) -> bool:
        """Take a runner's result. Returns False for a repeated result, which changes nothing. Raises HeldByAnother."""
        self._budget_clock.seconds(now)
        news = self._leases.hand_in(runner, result)
        if news:
            self._suggestions.reset()
            self._alive(runner, now)
        return news

    def answer(self, runner: str, call: Call) -> LeaseAnswer:
        """Close a call, even if its connection is lost, and return its response; the server adds the term."""
        self._sessions.close(runner, call)
        cancel = self._leases.cancelled(runner)
        return LeaseAnswer(assignments=tuple(call.assignments), leave=call.leave, cancel=cancel)

    def cancelled(self, runner: str) -> tuple[str, ...]:
        """The assignments that the runner must end."""
        return self._leases.cancelled(runner)

    # Orders and observations of the controller.

    def sync(self, stored_seconds: float, *, counting: bool, ended: Collection[str], now: float) -> None:
        """Update from the World: the stored seconds of the budget, whether time counts, which runners have ended."""
        if self._stored_seconds is None:
            self._stored_seconds = stored_seconds
        self._budget_clock.halt(not counting, now)
        gone = {*ended, *self._sessions.silent_since(now - FORGET_SECONDS)}
        if gone:
            self._sessions.forget(gone)
            heard = max(self._sessions.last_heartbeat(), self._leases.last_heartbeat(without=gone))
            self._budget_clock.alive_only_until(heard + LEASE_LIFETIME_SECONDS, now)

    def keep(self, cache: ProgressCache) -> None:
        """Keep the cache that a decision passes to the next one."""
        self._progress_cache = cache

    def slim(self) -> None:
        """Free memory after the experiment's end. Enough stays to answer runners that have not left yet."""
        self._progress_cache = ProgressCache()
        self._leases.forget_ended()

    def grant(self, runner: str, assignment: Assignment, suggestion: int | None, now: float) -> None:
        """Lease an assignment to a runner. Without an open call, the runner gets it with its next call."""
        self._leases.grant(runner, assignment, now)
        if suggestion is not None:
            self._suggestions.use(suggestion)
        self._alive(runner, now)
        call = self._sessions.call_of(runner)
        if call is not None:
            call.give(assignment)

    def cancel(self, lease: str, now: float) -> None:
        """Cancel a lease. The runner is told by its open call, else by its next response."""
        runner = self._leases.cancel(lease, now)
        call = self._sessions.call_of(runner) if runner is not None else None
        if call is not None:
            call.ready()

    def dismiss(self, runner: str) -> None:
        """Tell a runner to leave."""
        self._sessions.dismiss(runner)

    def flush(self) -> None:
        """Answer every call that was given an assignment, after a decision was applied."""
        self._sessions.flush()

    def answer_all(self) -> None:
        """Answer every open call, even with nothing, because the broker closes."""
        self._sessions.answer_all()

    def drop_lease(self, lease: str) -> None:
        """Forget a lease."""
        self._leases.drop_lease(lease)

    def drop_result(self, assignment: str) -> None:
        """Forget a result."""
        self._leases.drop_result(assignment)

    def write_failed(
        self, what: WriteKind, reason: str, message: str, now: float, *, pool: str = "", refused: bool = False
    ) -> None:
        """Record a write that the World refused or failed to do. Each failure in a row delays the next attempt more."""
        self._held_writes.failed(what, reason, message, now, pool=pool, refused=refused)

    def write_succeeded(self, what: WriteKind, pool: str = "") -> None:
        """Record that a write of this kind succeeded."""
        self._held_writes.succeeded(what, pool)

    def status_written(self, now: float) -> None:
        """Record that the experiment's status was written."""
        self._status_written_at = now

    def suggestions_asked(self, count: int) -> int:
        """Record that suggestions are being computed. Returns the generation, to be passed to `suggested`."""
        return self._suggestions.ask(count)

    def suggested(self, generation: int, count: int, answer: SuggestAnswer) -> None:
        """Take the answer to a request recorded by `suggestions_asked`."""
        self._suggestions.put(generation, count, answer)

    def suggesting_failed(self, generation: int, count: int, error: str) -> None:
        """Record that a request failed, with the last error of the search."""
        self._suggestions.fail(generation, count, error)

    def drop_suggestions(self) -> None:
        """Forget the waiting suggestions."""
        self._suggestions.drop()

    def _alive(self, runner: str, now: float) -> None:
        if self._sessions.record_heartbeat(runner, self._leases.busy(runner), now):
            self._budget_clock.alive_until(now + LEASE_LIFETIME_SECONDS, now)
