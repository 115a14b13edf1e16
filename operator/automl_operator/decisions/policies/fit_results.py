"""The results of fits. The broker keeps them until the trial pauses or ends; its status is written only then."""

from automl_api import reasons
from automl_operator.decisions.facts.retry import state_after
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action, DropResult
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import PendingResult
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.trial_transitions import complete, drop_results, fail_attempt
from automl_operator.decisions.state.work_id import parse_work_id


def record_fit_results(context: Context) -> list[Action]:
    """Store the results of trials that are complete or have failed, and drop the results that are not needed."""
    if context.snapshot.plan is None:
        return []
    actions: list[Action] = []
    for progress in context.at_work:
        if progress.pending_results:
            actions += _recorded(context.after(actions), progress)
    return actions + _orphans(context)


def _recorded(context: Context, progress: TrialProgress) -> list[Action]:
    if progress.final:
        return drop_results(progress)
    if progress.complete:
        return complete(progress)
    for pending in progress.pending_results:
        failure = _failure_of(context, pending)
        work_id = parse_work_id(pending.result.id)
        if failure is not None and work_id is not None and progress.is_current(pending):
            return _failed(context, progress, failure, work_id.attempt)
    return [DropResult(pending.result.id) for pending in progress.pending_results if not _needed(progress, pending)]


def _failed(context: Context, progress: TrialProgress, failure: AttemptFailure, attempt: int) -> list[Action]:
    write, *others = fail_attempt(progress, attempt, failure, state_after(context, progress, failure))
    if failure.reason == reasons.STORE_FULL:
        return [write, write_with(context.after([write]), store_full=failure.message), *others]
    return [write, *others]


def _failure_of(context: Context, pending: PendingResult) -> AttemptFailure | None:
    result = pending.result
    if result.outcome == "cancelled" or (result.outcome == "succeeded" and result.folds):
        return None
    if result.failure is None:
        return AttemptFailure("program", reasons.NOTHING_HANDED_IN, "The runner reported neither a fold nor a failure.")
    failure, runner = result.failure, context.alive.get(pending.runner)
    return AttemptFailure(
        failure.failure_class, failure.reason, failure.message, runner.pool if runner else "", alone=True
    )


def _needed(progress: TrialProgress, pending: PendingResult) -> bool:
    """True when a fold of the result counts; the trial's progress then has the same object."""
    return any(progress.folds.get(fold.fold) is fold for fold in pending.result.folds)


def _orphans(context: Context) -> list[Action]:
    """Drop the results of trials that do not exist."""
    work_ids = ((pending.result.id, parse_work_id(pending.result.id)) for pending in context.broker.pending_results)
    return [
        DropResult(identity)
        for identity, work_id in work_ids
        if work_id is not None and work_id.kind == "fit" and work_id.trial not in context.trials_progress
    ]
