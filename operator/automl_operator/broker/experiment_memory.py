"""WriteKind the broker holds in memory for one experiment, and the only way to change it.

No clock and no socket: the time is an argument, and an open call is a callback that says that its answer is ready.
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
"""After this long a silence a runner's session is forgotten."""


class ExperimentMemory:
    """The memory behind `BrokerState`. `runner` is a runner's uid, `now` in unix seconds."""

    def __init__(self, now: float) -> None:
        self.uid = ""
        """The experiment's uid, once the controller has seen it: another uid is another experiment."""
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
        """Have the budget's clock run already, without waiting for the first lease."""
        since = now - seconds_ago
        self._budget_clock = BudgetClock(since)
        self._budget_clock.alive_until(now + LEASE_LIFETIME_SECONDS, since)

    def stalled(self, seconds: float, now: float) -> None:
        """This process was not there for so long, until now: that much of everybody's silence does not count."""
        self._stalled_seconds += seconds
        self._leases.stalled(seconds, now)
        self._sessions.stalled(seconds, now)

    # What runners say.

    def ask(
        self,
        runner: str,
        announcement: Announcement,
        free: int,
        holding: tuple[Progress, ...],
        now: float,
        on_ready: Callable[[], None],
    ) -> Call:
        """A runner asks for work. `on_ready` is called, perhaps at once, when `answer` should be taken.

        WriteKind was granted to it and is not in `holding` never reached it, and lies in this answer again.
        """
        self._leases.hear(runner, holding, now)
        call = self._sessions.open(runner, announcement, free, now, on_ready)
        if not call.leave:
            for assignment in self._leases.undelivered(runner, holding):
                call.give(assignment)
        self._alive(runner, now)
        if call.assignments:
            call.ready()
        return call

    def heartbeat(self, runner: str, holding: tuple[Progress, ...], now: float) -> bool:
        """A runner says that it is alive, and what it works on. Returns whether that is news to a decision."""
        news = self._leases.hear(runner, holding, now)
        self._alive(runner, now)
        return news

    def hand_in(self, runner: str, result: Result, now: float) -> bool:
        """A runner hands in a result; the same again changes nothing. Returns whether it is news. Raises HeldByAnother."""
        self._budget_clock.seconds(now)
        news = self._leases.hand_in(runner, result)
        if news:
            self._suggestions.learned()
            self._alive(runner, now)
        return news

    def answer(self, runner: str, call: Call) -> LeaseAnswer:
        """Close a call, whose connection may be gone, with all that was given to it; the server adds the term."""
        self._sessions.close(runner, call)
        cancel = self._leases.cancelled(runner)
        return LeaseAnswer(assignments=tuple(call.assignments), leave=call.leave, cancel=cancel)

    def cancelled(self, runner: str) -> tuple[str, ...]:
        """The assignments that a runner is to end."""
        return self._leases.cancelled(runner)

    # What the controller knows and orders.

    def attend(self, stored_seconds: float, *, counting: bool, ended: Collection[str], now: float) -> None:
        """WriteKind the World says: seconds of the budget spent before this process, whether time counts, who has ended."""
        if self._stored_seconds is None:
            self._stored_seconds = stored_seconds
        self._budget_clock.halt(not counting, now)
        gone = {*ended, *self._sessions.silent_since(now - FORGET_SECONDS)}
        if gone:
            self._sessions.forget(gone)
            heard = max(self._sessions.last_heard(), self._leases.last_heard(without=gone))
            self._budget_clock.alive_only_until(heard + LEASE_LIFETIME_SECONDS, now)

    def keep(self, cache: ProgressCache) -> None:
        """What a decision passes on to the next one."""
        self._progress_cache = cache

    def slim(self) -> None:
        """The experiment has ended: keep no more than what answers runners that have not left yet."""
        self._progress_cache = ProgressCache()
        self._leases.forget_what_is_over()

    def grant(self, runner: str, assignment: Assignment, suggestion: int | None, now: float) -> None:
        """Lease an assignment to a runner; without an open call it gets it with its next one."""
        self._leases.grant(runner, assignment, now)
        if suggestion is not None:
            self._suggestions.use(suggestion)
        self._alive(runner, now)
        call = self._sessions.call_of(runner)
        if call is not None:
            call.give(assignment)

    def cancel(self, lease: str, now: float) -> None:
        """Have a runner end an assignment: told at once where a call of it is open, else with the next answer."""
        runner = self._leases.cancel(lease, now)
        call = self._sessions.call_of(runner) if runner is not None else None
        if call is not None:
            call.ready()

    def dismiss(self, runner: str) -> None:
        """Tell a runner to leave."""
        self._sessions.dismiss(runner)

    def flush(self) -> None:
        """Answer every call that was given something: a decision has been carried out."""
        self._sessions.flush()

    def answer_all(self) -> None:
        """Answer every open call, also with nothing: the broker closes."""
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
        """The World would not or could not do a write; each failure in a row holds the next one for longer."""
        self._held_writes.failed(what, reason, message, now, pool=pool, refused=refused)

    def write_succeeded(self, what: WriteKind, pool: str = "") -> None:
        """A write of this kind was done."""
        self._held_writes.succeeded(what, pool)

    def status_written(self, now: float) -> None:
        """The experiment's status was written."""
        self._status_written_at = now

    def suggestions_asked(self, count: int) -> int:
        """Suggestions are being computed; the returned era goes with `suggested`."""
        return self._suggestions.ask(count)

    def suggested(self, era: int, count: int, answer: SuggestAnswer) -> None:
        """The answer to `suggestions_asked`."""
        self._suggestions.put(era, count, answer)

    def suggesting_failed(self, era: int, count: int, words: str) -> None:
        """There is no answer to `suggestions_asked`, but the last words of the search."""
        self._suggestions.fail(era, count, words)

    def drop_suggestions(self) -> None:
        """Forget the waiting suggestions."""
        self._suggestions.drop()

    def _alive(self, runner: str, now: float) -> None:
        if self._sessions.hear(runner, self._leases.busy(runner), now):
            self._budget_clock.alive_until(now + LEASE_LIFETIME_SECONDS, now)
