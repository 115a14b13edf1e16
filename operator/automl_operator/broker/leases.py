"""Who works on what, and what was handed in: relearned from the runners after a restart, never stored."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from automl_api.protocol import Assignment, Progress, Result
from automl_operator.decisions.state.snapshot import Lease, PendingResult

MAX_LEASES_OF_A_RUNNER = 1024
MAX_REMEMBERED = 4096
MAX_UNLEASED = 64
"""Results without a lease that wait for a decision: a few after a restart, any number from whoever floods us."""


class HeldByAnother(Exception):
    """A runner speaks of an assignment that another runner holds."""


@dataclass
class _Held:
    """A lease, and whether its runner has ever said that it holds it: before that its answer may have been lost."""

    lease: Lease
    confirmed: bool


class Leases:
    """The leases and results of one experiment, in the order in which they came."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._pending_results: dict[str, PendingResult] = {}
        self._over: OrderedDict[str, None] = OrderedDict()

    def leases(self) -> tuple[Lease, ...]:
        """All leases."""
        return tuple(held.lease for held in self._held.values())

    def pending_results(self) -> tuple[PendingResult, ...]:
        """The results that are not dropped yet."""
        return tuple(self._pending_results.values())

    def busy(self, runner: str) -> bool:
        """Whether a runner holds anything."""
        return any(held.lease.runner == runner for held in self._held.values())

    def cancelled(self, runner: str) -> tuple[str, ...]:
        """The assignments that a runner is to end."""
        return tuple(h.lease.id for h in self._held.values() if h.lease.cancelled and h.lease.runner == runner)

    def last_heard(self, without: Collection[str]) -> float:
        """When any lease was heard of last, but for those of some runners; minus infinity when there is none."""
        times = (held.lease.last_heard for held in self._held.values() if held.lease.runner not in without)
        return max(times, default=float("-inf"))

    def stalled(self, seconds: float, now: float) -> None:
        """The broker was not there for so long, until now."""
        for held in self._held.values():
            lease = held.lease
            heard = min(now, lease.last_heard + seconds)
            held.lease = replace(lease, last_heard=heard, stalled_seconds=lease.stalled_seconds + seconds)

    def grant(self, runner: str, assignment: Assignment, now: float) -> None:
        """A runner is given an assignment; the lease lives from now on."""
        progress = Progress(id=assignment.id, attempt=assignment.attempt)
        lease = Lease(
            id=assignment.id, runner=runner, granted_at=now, last_heard=now, progress=progress, assignment=assignment
        )
        self._held[assignment.id] = _Held(lease, confirmed=False)
        # Whoever spoke of it before it was granted must not make its result seem to be a repeated one.
        self._over.pop(assignment.id, None)

    def hear(self, runner: str, holding: Iterable[Progress], now: float) -> bool:
        """What a runner says it is at work on: known leases live on, unknown ones are adopted.

        Returns whether anything is new to a decision. What another runner holds, and what is over, is passed over.
        """
        news = [self._hear(runner, progress, now) for progress in holding]
        return any(news)

    def _hear(self, runner: str, progress: Progress, now: float) -> bool:
        held = self._held.get(progress.id)
        if held is None:
            return self._adopt(runner, progress, now)
        if held.lease.runner != runner:
            return False
        news = held.lease.progress.folds != progress.folds
        held.lease = replace(held.lease, progress=progress, last_heard=now)
        held.confirmed = True
        return news

    def _adopt(self, runner: str, progress: Progress, now: float) -> bool:
        if progress.id in self._over or self._count(runner) >= MAX_LEASES_OF_A_RUNNER:
            return False
        began = now - max(0.0, progress.seconds)
        lease = Lease(id=progress.id, runner=runner, granted_at=began, last_heard=now, progress=progress)
        self._held[progress.id] = _Held(lease, confirmed=True)
        return True

    def _count(self, runner: str) -> int:
        return sum(held.lease.runner == runner for held in self._held.values())

    def undelivered(self, runner: str, holding: Iterable[Progress]) -> tuple[Assignment, ...]:
        """What a runner was granted and never said that it has: to be given to it again.

        A cancelled one of these is forgotten, for nobody works on it.
        """
        said = {progress.id for progress in holding}
        lost = [h.lease for h in self._held.values() if h.lease.runner == runner and not h.confirmed]
        lost = [lease for lease in lost if lease.id not in said]
        for lease in lost:
            if lease.cancelled:
                del self._held[lease.id]
        return tuple(lease.assignment for lease in lost if lease.assignment is not None and not lease.cancelled)

    def hand_in(self, runner: str, result: Result) -> bool:
        """Take a result and end its lease; one that was handed in before changes nothing (returns False).

        Raises HeldByAnother.
        """
        held = self._held.get(result.id)
        if held is not None and held.lease.runner != runner:
            raise HeldByAnother(f"the assignment {result.id} is held by another runner")
        if result.id in self._over or (held is None and self._unleased() >= MAX_UNLEASED):
            return False
        self._held.pop(result.id, None)
        assignment = held.lease.assignment if held is not None else None
        self._pending_results[result.id] = PendingResult(result, runner, assignment, leased=held is not None)
        self._remember(result.id)
        return True

    def _unleased(self) -> int:
        return sum(not pending.leased for pending in self._pending_results.values())

    def forget_what_is_over(self) -> None:
        """Should what is over be spoken of again, it is new."""
        self._over.clear()

    def _remember(self, assignment: str) -> None:
        """Late heartbeats and repeated results speak of what is over; without a memory they would bring it back."""
        self._over[assignment] = None
        while len(self._over) > MAX_REMEMBERED:
            self._over.popitem(last=False)

    def cancel(self, assignment: str, now: float) -> str | None:
        """Mark a lease as cancelled; returns its runner when that is news, else None."""
        held = self._held.get(assignment)
        if held is None or held.lease.cancelled:
            return None
        held.lease = replace(held.lease, cancelled_at=now)
        return held.lease.runner

    def drop_lease(self, assignment: str) -> None:
        """Forget a lease; should its runner speak of it again, it is adopted."""
        self._held.pop(assignment, None)

    def drop_result(self, assignment: str) -> None:
        """Forget a result; should it be handed in again, nothing happens."""
        self._pending_results.pop(assignment, None)
