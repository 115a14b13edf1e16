"""The check that a runner was given the work that it reports on.

A runner's pod belongs to its namespace, so its reports may be forged. A report is accepted only within what the
operator has recorded: the holders of prepare and finalize, the trials, and their attempts.
"""

from automl_operator.decisions.lifecycle.refits import is_due
from automl_operator.decisions.lifecycle.whole_work import work_status
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease, PendingResult
from automl_operator.decisions.state.work_id import WholeWork, WorkId, parse_work_id

UNKNOWN_WORK = "UnknownWork"
NOT_THE_HOLDER = "NotTheHolder"
NO_SUCH_TRIAL = "NoSuchTrial"
NOT_LEASED = "NotLeased"


def objection(context: Context, pending: PendingResult) -> str:
    """The reason why a result does not count, one CamelCase word; empty where it counts. Its id names the attempt."""
    work_id = parse_work_id(pending.result.id)
    if work_id is None:
        return UNKNOWN_WORK
    if work_id.kind in ("prepare", "finalize"):
        return "" if is_recorded(context, work_id.kind, work_id, pending.runner) else NOT_THE_HOLDER
    if work_id.kind == "fit":
        return _objection_to_fit(context, pending, work_id)
    return "" if is_due(context, work_id.trial, work_id.attempt) else UNKNOWN_WORK


def is_recorded(context: Context, kind: WholeWork, work_id: WorkId, runner: str) -> bool:
    """True when this attempt at prepare or finalize was given to this runner."""
    work = work_status(context, kind)
    return work.holder == runner and work.attempts == work_id.attempt


def is_possible(context: Context, lease: Lease) -> bool:
    """True when the work that a runner reports could have been given to it."""
    work_id = context.work_ids.get(lease.id)
    if work_id is None:
        return False
    if work_id.kind in ("prepare", "finalize"):
        return is_recorded(context, work_id.kind, work_id, lease.runner)
    if work_id.kind == "fit":
        progress = context.trials_progress.get(work_id.trial)
        return progress is not None and _exists(context, work_id, progress.trial.status.attempts)
    return is_due(context, work_id.trial, work_id.attempt)


def _objection_to_fit(context: Context, pending: PendingResult, work_id: WorkId) -> str:
    """The objection to a result of a fit. Several runners may hold folds of a trial, and only one holder is recorded.

    The others are known by their leases. Late results of a lost runner, whose attempt was given up, are in the store
    and are not trained again.
    """
    progress = context.trials_progress.get(work_id.trial)
    if progress is None:
        return NO_SUCH_TRIAL
    attempts = progress.trial.status.attempts
    if not _exists(context, work_id, attempts) or not {fold.fold for fold in pending.result.folds} <= {*work_id.folds}:
        return UNKNOWN_WORK
    held = pending.leased or (work_id.attempt == attempts and pending.runner == progress.holder)
    return "" if held else NOT_LEASED


def _exists(context: Context, work_id: WorkId, attempts: int) -> bool:
    """True when the trial has these folds and has reached this attempt."""
    return 1 <= work_id.attempt <= attempts and max(work_id.folds) < context.plan.folds
