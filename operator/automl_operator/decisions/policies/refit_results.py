"""The results of refits, written into the status of their trials."""

from automl_api import reasons
from automl_operator.decisions.lifecycle.refit_runners import KIND, MOST_FAILURES
from automl_operator.decisions.lifecycle.refits import is_refitted, record_refit, refit_failed, refit_status
from automl_operator.decisions.state.actions import Action, DropResult
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import PendingResult
from automl_operator.decisions.state.work_id import parse_work_id

TIME_WAS_UP = "It took longer than the time left in the budget."


def record_refit_results(context: Context) -> list[Action]:
    """Record the results of refits."""
    actions: list[Action] = []
    for pending in context.broker.pending_results:
        work_id = parse_work_id(pending.result.id)
        if work_id is not None and work_id.kind == KIND:
            actions += _recorded(context.after(actions), pending, work_id.trial)
            actions.append(DropResult(pending.result.id))
    return actions


def _recorded(context: Context, pending: PendingResult, trial: int) -> list[Action]:
    progress, result = context.trials_progress.get(trial), pending.result
    if progress is None or is_refitted(progress):
        return []
    if result.outcome == "cancelled":
        given_up = refit_status(progress).replace(failures=MOST_FAILURES, message=TIME_WAS_UP)
        return [record_refit(progress, given_up)] if _is_spent(pending) else []
    if result.outcome == "succeeded" and result.refit is not None:
        return [record_refit(progress, refit_status(progress).replace(result=result.refit))]
    failure = result.failure
    if failure is None:
        return refit_failed(
            context, trial, AttemptFailure("program", reasons.NOTHING_HANDED_IN, "The result was empty.")
        )
    return refit_failed(context, trial, AttemptFailure(failure.failure_class, failure.reason, failure.message))


def _is_spent(pending: PendingResult) -> bool:
    """True when the refit ended because its time was over: another attempt would not be faster."""
    ends = None if pending.assignment is None else pending.assignment.ends_in_seconds
    return ends is not None and pending.result.seconds >= 0.95 * ends
