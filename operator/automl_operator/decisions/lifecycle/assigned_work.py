"""Whether work was given to the runner that speaks of it.

The pod of a runner is its namespace's, so that what it says may be forged. What is believed here is bounded by what the
operator itself has recorded: who holds prepare and finalize, which trials there are, and at which attempt.
"""

from typing import Literal

from automl_operator.decisions.lifecycle.refits import is_due
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease, PendingResult
from automl_operator.decisions.state.work_id import WorkId, parse_work_id

UNKNOWN_WORK = "UnknownWork"
NOT_THE_HOLDER = "NotTheHolder"
NO_SUCH_TRIAL = "NoSuchTrial"
NOT_LEASED = "NotLeased"


def objection(context: Context, pending: PendingResult) -> str:
    """Why a result does not count, in one CamelCase word; empty where it does. Which attempt it is of, its id says."""
    work_id = parse_work_id(pending.result.id)
    if work_id is None:
        return UNKNOWN_WORK
    if work_id.kind in ("prepare", "finalize"):
        return "" if is_recorded(context, work_id.kind, work_id, pending.runner) else NOT_THE_HOLDER
    if work_id.kind == "fit":
        return _objection_to_fit(context, pending, work_id)
    return "" if is_due(context, work_id.trial, work_id.attempt) else UNKNOWN_WORK


def is_recorded(context: Context, kind: Literal["prepare", "finalize"], work_id: WorkId, runner: str) -> bool:
    """Whether this attempt at prepare or finalize was given to this runner."""
    work = context.status.prepare if kind == "prepare" else context.status.finalize
    return work.holder == runner and work.attempts == work_id.attempt


def is_possible(context: Context, lease: Lease) -> bool:
    """Whether what a runner says it is at work on could have been given to it."""
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
    """Ranges of one trial may lie with several runners, of which one is recorded: the others are known by their leases.

    What a lost runner hands in late, of an attempt that was given up, is in the store and is not trained again.
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
    """Whether the trial has those folds, and has come to that attempt."""
    return 1 <= work_id.attempt <= attempts and max(work_id.folds) < context.plan.folds
