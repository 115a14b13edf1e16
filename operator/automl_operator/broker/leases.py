"""The leases and results of one experiment. They are never stored: after a restart the runners report them again."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from automl_api.protocol import Assignment, Progress, Result
from automl_operator.decisions.state.snapshot import Lease, PendingResult

MAX_LEASES_OF_A_RUNNER = 1024
MAX_REMEMBERED = 4096
MAX_UNLEASED = 64
"""The largest number of results without a lease that may wait for a decision.

A few are normal after a restart; many are not.
"""


class HeldByAnother(Exception):
    """A runner reports on an assignment that another runner holds."""


@dataclass
class _Held:
    """A lease. `confirmed` is False until its runner has reported it: the response with it may be lost."""

    lease: Lease
    confirmed: bool


class Leases:
    """The leases and results of one experiment, in order of arrival."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._pending_results: dict[str, PendingResult] = {}
        self._finished: OrderedDict[str, None] = OrderedDict()

    def leases(self) -> tuple[Lease, ...]:
        """All leases."""
        return tuple(held.lease for held in self._held.values())

    def pending_results(self) -> tuple[PendingResult, ...]:
        """The results that have not been dropped."""
        return tuple(self._pending_results.values())

    def busy(self, runner: str) -> bool:
        """True when the runner holds a lease."""
        return any(held.lease.runner == runner for held in self._held.values())

    def cancelled(self, runner: str) -> tuple[str, ...]:
        """The assignments that the runner must end."""
        return tuple(h.lease.id for h in self._held.values() if h.lease.cancelled and h.lease.runner == runner)

    def last_heartbeat(self, without: Collection[str]) -> float:
        """The time of the last report on a lease of a runner that is not in `without`; minus infinity without one."""
        times = (held.lease.last_heartbeat for held in self._held.values() if held.lease.runner not in without)
        return max(times, default=float("-inf"))

    def stalled(self, seconds: float, now: float) -> None:
        """Record that the broker stood still for `seconds`, until now."""
        for held in self._held.values():
            lease = held.lease
            heard = min(now, lease.last_heartbeat + seconds)
            held.lease = replace(lease, last_heartbeat=heard, stalled_seconds=lease.stalled_seconds + seconds)

    def grant(self, runner: str, assignment: Assignment, now: float) -> None:
        """Lease an assignment to a runner, from now on."""
        progress = Progress(id=assignment.id, attempt=assignment.attempt)
        lease = Lease(
            id=assignment.id,
            runner=runner,
            granted_at=now,
            last_heartbeat=now,
            progress=progress,
            assignment=assignment,
        )
        self._held[assignment.id] = _Held(lease, confirmed=False)
        # A report from before the grant must not make the new result look like a repeated one.
        self._finished.pop(assignment.id, None)

    def record_heartbeat(self, runner: str, holding: Iterable[Progress], now: float) -> bool:
        """Take a runner's work in progress: known leases are renewed, unknown ones adopted.

        Returns True when a decision may change. Leases of other runners and finished assignments are ignored.
        """
        news = [self._record_heartbeat(runner, progress, now) for progress in holding]
        return any(news)

    def _record_heartbeat(self, runner: str, progress: Progress, now: float) -> bool:
        held = self._held.get(progress.id)
        if held is None:
            return self._adopt(runner, progress, now)
        if held.lease.runner != runner:
            return False
        news = held.lease.progress.folds != progress.folds
        held.lease = replace(held.lease, progress=progress, last_heartbeat=now)
        held.confirmed = True
        return news

    def _adopt(self, runner: str, progress: Progress, now: float) -> bool:
        if progress.id in self._finished or self._count(runner) >= MAX_LEASES_OF_A_RUNNER:
            return False
        began = now - max(0.0, progress.seconds)
        lease = Lease(id=progress.id, runner=runner, granted_at=began, last_heartbeat=now, progress=progress)
        self._held[progress.id] = _Held(lease, confirmed=True)
        return True

    def _count(self, runner: str) -> int:
        return sum(held.lease.runner == runner for held in self._held.values())

    def undelivered(self, runner: str, holding: Iterable[Progress]) -> tuple[Assignment, ...]:
        """The assignments granted to a runner that it has never reported, to be sent again.

        Cancelled assignments are forgotten, because no runner works on them.
        """
        reported = {progress.id for progress in holding}
        lost = [h.lease for h in self._held.values() if h.lease.runner == runner and not h.confirmed]
        lost = [lease for lease in lost if lease.id not in reported]
        for lease in lost:
            if lease.cancelled:
                del self._held[lease.id]
        return tuple(lease.assignment for lease in lost if lease.assignment is not None and not lease.cancelled)

    def hand_in(self, runner: str, result: Result) -> bool:
        """Take a result and end its lease. Returns False for a repeated result, which changes nothing.

        Raises HeldByAnother.
        """
        held = self._held.get(result.id)
        if held is not None and held.lease.runner != runner:
            raise HeldByAnother(f"the assignment {result.id} is held by another runner")
        if result.id in self._finished or (held is None and self._unleased() >= MAX_UNLEASED):
            return False
        self._held.pop(result.id, None)
        assignment = held.lease.assignment if held is not None else None
        self._pending_results[result.id] = PendingResult(result, runner, assignment, leased=held is not None)
        self._remember(result.id)
        return True

    def _unleased(self) -> int:
        return sum(not pending.leased for pending in self._pending_results.values())

    def forget_ended(self) -> None:
        """Forget the finished assignments. An assignment that is reported again counts as new."""
        self._finished.clear()

    def _remember(self, assignment: str) -> None:
        """Remember a finished assignment, so that a late heartbeat or a repeated result does not bring it back."""
        self._finished[assignment] = None
        while len(self._finished) > MAX_REMEMBERED:
            self._finished.popitem(last=False)

    def cancel(self, assignment: str, now: float) -> str | None:
        """Mark a lease as cancelled. Returns its runner, or None where the lease is unknown or cancelled already."""
        held = self._held.get(assignment)
        if held is None or held.lease.cancelled:
            return None
        held.lease = replace(held.lease, cancelled_at=now)
        return held.lease.runner

    def drop_lease(self, assignment: str) -> None:
        """Forget a lease. If its runner reports it again, it is adopted."""
        self._held.pop(assignment, None)

    def drop_result(self, assignment: str) -> None:
        """Forget a result. If it is reported again, nothing happens."""
        self._pending_results.pop(assignment, None)
