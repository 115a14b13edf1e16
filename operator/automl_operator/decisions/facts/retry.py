"""What a failure does to a trial, by its class: who pays for it, and whether the work is worth another try."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from automl_api.resources import FoldResult, TrialStatus
from automl_api.resources.trial import FailureClass, TrialState
from automl_operator.decisions.facts.pending_runners import given_up
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import TrialProgress

MAX_ATTEMPTS = 10
"""Losses through no fault of the trial's are free of charge, but not endless;"""
MAX_ATTEMPTS_ALONE = 3
"""and fewer where the trial's own process is lost while its runner lives on: perhaps it is the trial's fault after all."""
MAX_WORK_FAILURES = 3
"""How often prepare and finalize are tried again."""
STORE_FULL = "StoreFull"
TIMEOUT = "Timeout"
SILENT = "RunnerSilent"
MESSAGE = 4096


@dataclass(frozen=True)
class AttemptFailure:
    """A failure of an assignment, or the loss of its runner; `pool` is where it happened, if that is known.

    `alone`: the runner reported it, and lives on.
    """

    failure_class: FailureClass
    reason: str
    message: str
    pool: str = ""
    alone: bool = False


def with_folds(progress: TrialProgress, more: Iterable[FoldResult] = ()) -> TrialStatus:
    """The trial's status with all folds that are known."""
    folds = dict(progress.folds)
    for fold in more:
        if 0 <= fold.fold < progress.total:
            folds.setdefault(fold.fold, fold)
    score = fmean(fold.score for fold in folds.values()) if folds else None
    return progress.trial.status.replace(folds=tuple(folds[number] for number in sorted(folds)), score=score)


def after_failure(
    context: Context,
    progress: TrialProgress,
    failure: AttemptFailure,
    attempt: int,
    *,
    more: Iterable[FoldResult] = (),
    still_leased: int,
) -> TrialStatus:
    """The trial's status after an attempt has failed: to be tried again (Paused, or Running where other leases go on),
    or ended.

    An attempt is lost once only, also where several ranges of folds went with one runner, or where a runner that was
    given up speaks again and is lost then. What another range of it has shown (memory, a refusal) counts all the same.
    """
    status = with_folds(progress, more)
    if attempt < status.attempts and _is_counted(status, failure):
        return status.replace(state="Running" if still_leased else "Paused")
    state = _state_after(context, progress, failure)
    resources = status.resource_failures + (failure.failure_class == "resources" and failure.reason != STORE_FULL)
    return status.replace(
        state="Running" if state == "Paused" and still_leased else state,
        attempts=max(status.attempts, attempt + 1),
        resource_failures=resources,
        failure_class=failure.failure_class,
        reason=failure.reason,
        message=failure.message[-MESSAGE:],
    )


def _is_counted(status: TrialStatus, failure: AttemptFailure) -> bool:
    """Whether a loss tells nothing that the loss of the same attempt has not told already."""
    short = failure.failure_class == "resources" and failure.reason != STORE_FULL
    return failure.failure_class == "infrastructure" or (short and status.resource_failures > 0)


def _state_after(context: Context, progress: TrialProgress, failure: AttemptFailure) -> TrialState:
    if failure.reason == STORE_FULL:
        return "Paused"
    match failure.failure_class:
        case "infrastructure":
            most = MAX_ATTEMPTS_ALONE if failure.alone else MAX_ATTEMPTS
            return "Paused" if progress.trial.status.attempts < most else "Failed"
        case "resources":
            return "Paused" if _larger_exists(context, progress, failure.pool) else "Infeasible"
        case "configuration":
            return "Infeasible"
        case "program":
            return "Failed"


def _larger_exists(context: Context, progress: TrialProgress, pool: str) -> bool:
    """Whether a runner with more memory could exist, and was not tried yet."""
    here = context.pools[pool].memory_bytes if pool in context.pools else 0
    return progress.trial.status.resource_failures == 0 and largest_memory(context) > here > 0


def largest_memory(context: Context) -> int:
    """The memory in bytes of the largest pool that was not waited for in vain."""
    pools = context.snapshot.pools
    there = [pool for pool in pools if pool.name not in given_up(context)] or pools
    return max((pool.memory_bytes for pool in there), default=0)
