"""Results of fits: the folds wait on the desk until the trial pauses or ends; its status is written once then."""

from automl_operator.decisions.facts.retry import STORE_FULL, AttemptFailure, after_failure, with_folds
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action, Cancel, DropResult, WriteTrialStatus
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease, PendingResult
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import parse_work_id


def record_fit_results(context: Context) -> list[Action]:
    """Store what fits have handed in of trials that are complete or have failed; drop what nobody needs."""
    if context.snapshot.plan is None:
        return []
    actions: list[Action] = []
    for progress in context.at_work:
        if progress.pending_results:
            actions += _absorbed(context.after(actions), progress)
    return actions + _orphans(context)


def _absorbed(context: Context, progress: TrialProgress) -> list[Action]:
    if progress.final:
        return drop_all(progress)
    if progress.complete:
        status = with_folds(progress).replace(state="Succeeded", failure_class=None, reason="", message="")
        return [WriteTrialStatus(progress.trial.metadata.name, status), *cancel_all(progress), *drop_all(progress)]
    for pending in progress.pending_results:
        failure = _failure_of(context, pending)
        work_id = parse_work_id(pending.result.id)
        if failure is not None and work_id is not None and progress.is_current(pending):
            return _failed(context, progress, failure, work_id.attempt)
    return [DropResult(pending.result.id) for pending in progress.pending_results if not _needed(progress, pending)]


def _failed(context: Context, progress: TrialProgress, failure: AttemptFailure, attempt: int) -> list[Action]:
    status = after_failure(context, progress, failure, attempt, still_leased=len(wanted_leases(progress)))
    actions: list[Action] = [WriteTrialStatus(progress.trial.metadata.name, status)]
    if failure.reason == STORE_FULL:
        actions.append(write_with(context.after(actions), store_full=failure.message))
    if status.state not in ("Running", "Paused"):
        actions += cancel_all(progress)
    return actions + drop_all(progress)


def _failure_of(context: Context, pending: PendingResult) -> AttemptFailure | None:
    result = pending.result
    if result.outcome == "cancelled" or (result.outcome == "succeeded" and result.folds):
        return None
    if result.failure is None:
        return AttemptFailure("program", "NothingHandedIn", "The runner handed in neither a fold nor a failure.")
    failure, runner = result.failure, context.alive.get(pending.runner)
    return AttemptFailure(
        failure.failure_class, failure.reason, failure.message, runner.pool if runner else "", alone=True
    )


def _needed(progress: TrialProgress, pending: PendingResult) -> bool:
    """Whether a result brings the fold that counts; the same fold object is found again among the known ones."""
    return any(progress.folds.get(fold.fold) is fold for fold in pending.result.folds)


def _orphans(context: Context) -> list[Action]:
    """Results of trials that there are not."""
    work_ids = ((pending.result.id, parse_work_id(pending.result.id)) for pending in context.broker.pending_results)
    return [
        DropResult(identity)
        for identity, work_id in work_ids
        if work_id is not None and work_id.kind == "fit" and work_id.trial not in context.trials_progress
    ]


def wanted_leases(progress: TrialProgress) -> list[Lease]:
    """What is being worked on of a trial, and was not called off."""
    return [lease for lease in progress.leases if not lease.cancelled]


def cancel_all(progress: TrialProgress) -> list[Action]:
    """End what is being worked on of a trial."""
    return [Cancel(lease.id) for lease in wanted_leases(progress)]


def drop_all(progress: TrialProgress) -> list[Action]:
    """Forget the results of a trial: its status covers them."""
    return [DropResult(pending.result.id) for pending in progress.pending_results]
