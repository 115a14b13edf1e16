"""The transitions between a trial's states. Nothing else writes a trial's state.

A transition returns its actions: the new status, then the leases to cancel and the results to drop. Only `reopen`
returns a status, because nothing is at work in a run that is about to start.
"""

from collections.abc import Iterable, Sequence
from statistics import fmean

from automl_api.limits import MAX_MESSAGE
from automl_api.resources import FoldResult, TrialStatus
from automl_api.resources.trial import FINAL_TRIAL_STATES, TrialState
from automl_operator.decisions.state.actions import Action, Cancel, DropResult, WriteTrialStatus
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import TrialProgress, reported_folds

_NO_FAILURE = {"failure_class": None, "reason": "", "message": "", "last_failure": ""}
_LONGEST_LAST_FAILURE = 1024


def resume(progress: TrialProgress, holder: str, *, redone: bool) -> list[Action]:
    """Let a runner go on with the trial. `redone` work counts as another attempt."""
    status = _with_folds(progress)
    status = status.replace(state="Running", holder=holder, attempts=status.attempts + redone)
    return [_write(progress, status), *drop_results(progress)]


def complete(progress: TrialProgress) -> list[Action]:
    """End the trial as succeeded, every fold being finished; earlier failures are forgotten."""
    return _end(progress, _succeeded(_with_folds(progress)))


def suspend(progress: TrialProgress) -> list[Action]:
    """Pause the trial and keep what its runners have reported. Where that completes it, the trial succeeds instead."""
    if progress.state == "Paused" and not progress.pending_results:
        return []
    status = _with_folds(progress, (fold for lease in progress.leases for fold in reported_folds(lease)))
    status = _succeeded(status) if len(status.folds) == progress.total else status.replace(state="Paused")
    return [_write(progress, status), *drop_results(progress)]


def stop(progress: TrialProgress, reason: str, message: str) -> list[Action]:
    """End the trial as stopped, without a fault of its own. Its finished folds count."""
    return _end(progress, _stopped(progress, "Stopped", reason, message))


def close(progress: TrialProgress, reason: str, message: str) -> list[Action]:
    """Stop the trial with its experiment. No lease is cancelled, because the runners end, too."""
    return [_write(progress, _stopped(progress, "Stopped", reason, message)), *drop_results(progress)]


def give_up(progress: TrialProgress, reason: str, message: str) -> list[Action]:
    """End a trial that no runner can go on with: as stopped, or as infeasible where no fold is finished."""
    return _end(progress, _stopped(progress, "Stopped" if progress.begun else "Infeasible", reason, message))


def keep_folds(progress: TrialProgress, finished: Sequence[FoldResult]) -> list[Action]:
    """Store the folds of a cancelled lease. Nothing else changes."""
    return [_write(progress, _with_folds(progress, finished)), *drop_results(progress)] if finished else []


def reopen(status: TrialStatus) -> TrialStatus:
    """Let a failed or infeasible trial continue with its folds, as if it had never failed. Others stay as they are."""
    if status.state not in ("Failed", "Infeasible"):
        return status
    return TrialStatus(state="Paused", folds=status.folds, score=status.score)


def fail_attempt(
    progress: TrialProgress, attempt: int, failure: AttemptFailure, after: TrialState, lost: Lease | None = None
) -> list[Action]:
    """Record a failed attempt; `after` is the trial's next state, `lost` the lease of a lost runner.

    An attempt counts as lost only once, even if a runner held several of its leases. That is also so if a runner that
    was given up returns and is lost again. Other failures of the attempt (memory, a refusal) still count.
    """
    others = [lease for lease in wanted_leases(progress) if lost is None or lease.id != lost.id]
    status = _with_folds(progress, reported_folds(lost) if lost is not None else ())
    if attempt < status.attempts and _is_counted(status, failure):
        after = "Paused"
    else:
        status = _with_failure(status, attempt, failure)
    status = status.replace(state="Running" if after == "Paused" and others else after)
    if len(status.folds) == progress.total:
        status = _succeeded(status)
    ended = status.state in FINAL_TRIAL_STATES
    cancels: list[Action] = [Cancel(lease.id) for lease in others] if ended else []
    return [_write(progress, status), *cancels, *drop_results(progress)]


def wanted_leases(progress: TrialProgress) -> list[Lease]:
    """The leases of the trial that are not cancelled."""
    return [lease for lease in progress.leases if not lease.cancelled]


def last_failure(status: TrialStatus) -> str:
    """Reason and message of the trial's last failure; empty where there was none."""
    return f"{status.reason}: {status.message}" if status.failure_class is not None else status.last_failure


def _end(progress: TrialProgress, status: TrialStatus) -> list[Action]:
    cancels = [Cancel(lease.id) for lease in wanted_leases(progress)]
    return [_write(progress, status), *cancels, *drop_results(progress)]


def _write(progress: TrialProgress, status: TrialStatus) -> Action:
    return WriteTrialStatus(progress.trial.metadata.name, status)


def drop_results(progress: TrialProgress) -> list[Action]:
    """Drop the results that the trial's status covers."""
    return [DropResult(pending.result.id) for pending in progress.pending_results]


def _with_folds(progress: TrialProgress, more: Iterable[FoldResult] = ()) -> TrialStatus:
    """The trial's status with all known folds."""
    folds = dict(progress.folds)
    for fold in more:
        if 0 <= fold.fold < progress.total:
            folds.setdefault(fold.fold, fold)
    score = fmean(fold.score for fold in folds.values()) if folds else None
    return progress.trial.status.replace(folds=tuple(folds[number] for number in sorted(folds)), score=score)


def _succeeded(status: TrialStatus) -> TrialStatus:
    return status.replace(state="Succeeded", **_NO_FAILURE)


def _stopped(progress: TrialProgress, state: TrialState, reason: str, message: str) -> TrialStatus:
    """The status of a stopped trial. Its reason is why it was stopped; its last failure is kept separately."""
    status = _with_folds(progress)
    before = last_failure(status)[:_LONGEST_LAST_FAILURE]
    return status.replace(state=state, failure_class=None, reason=reason, message=message, last_failure=before)


def _is_counted(status: TrialStatus, failure: AttemptFailure) -> bool:
    """True when the loss of the same attempt is recorded already, and the failure adds nothing to it."""
    return failure.failure_class == "infrastructure" or (failure.short_of_memory and status.resource_failures > 0)


def _with_failure(status: TrialStatus, attempt: int, failure: AttemptFailure) -> TrialStatus:
    return status.replace(
        attempts=max(status.attempts, attempt + 1),
        resource_failures=status.resource_failures + failure.short_of_memory,
        failure_class=failure.failure_class,
        reason=failure.reason,
        message=failure.message[-MAX_MESSAGE:],
    )
