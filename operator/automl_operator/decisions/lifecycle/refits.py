"""Refits: between search and finalize the best trials are trained on all rows, or on as many as time allows.

A refit's result is stored in its trial's status, apart from the folds: scores, stopper and search know only folds.
"""

from automl_api import reasons
from automl_api.limits import MAX_MESSAGE
from automl_api.resources import RefitResult, RefitStatus
from automl_operator.decisions.facts.budget import budget_seconds, finalize_seconds, reserve_seconds
from automl_operator.decisions.facts.refit_choice import refit_share, trials_to_refit
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refit_runners import KIND, MOST_FAILURES, has_runner, search_ended_at
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action, WriteTrialStatus
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.trial_progress import TrialProgress

_LEAST_OF_LARGEST = 0.5
"""The least rows of a later refit, as a share of the rows of the largest one."""
_HOPELESS = ("configuration", "program")
"""Classes of failures for which a retry is pointless: one such failure counts as MOST_FAILURES."""


def refit_failed(context: Context, trial: int, failure: AttemptFailure) -> list[Action]:
    """Record a failed refit or its lost runner: it is retried, or the models of the folds are published instead."""
    progress = context.trials_progress.get(trial)
    if progress is None or is_refitted(progress):
        return []
    if failure.reason == reasons.STORE_FULL:
        return [write_with(context, store_full=failure.message)]
    before = refit_status(progress)
    failures = MOST_FAILURES if failure.failure_class in _HOPELESS else before.failures + 1
    message = f"{failure.reason}: {failure.message}"[:MAX_MESSAGE]
    return [record_refit(progress, before.replace(failures=failures, message=message))]


def is_due(context: Context, trial: int, attempt: int) -> bool:
    """True when this attempt at a refit may have been given to some runner. The holders of refits are not recorded."""
    progress = context.trials_progress.get(trial)
    if (
        progress is None
        or progress not in trials_to_refit(context)
        or state(context) not in ("Finalizing", "Suspended")
    ):
        return False
    return 1 <= attempt <= refit_status(progress).failures + 1


def is_wanted(context: Context, trial: int) -> bool:
    """True when a refit at work may still be of use."""
    progress = context.trials_progress.get(trial)
    return progress is not None and not is_refitted(progress) and not context.status.finalize.attempts


@per_context
def refits_to_come(context: Context) -> int:
    """The number of refits at work or still to come; finalize waits for them."""
    if state(context) != "Finalizing" or context.status.finalize.attempts:
        return 0
    return len(context.leases_of(KIND)) + len(open_refits(context))


@per_context
def open_refits(context: Context) -> tuple[TrialProgress, ...]:
    """The refits neither done nor leased that some runner can finish in time; best first.

    Where there is no time for all rows, each slot's first refit takes the time that is left. Later ones are left out
    unless they have time for half as many rows.
    """
    if context.status.finalize.attempts:
        return ()
    leased = {context.work_ids[lease.id].trial for lease in context.leases_of(KIND)}
    least = _LEAST_OF_LARGEST * max((result.share for result in _results(context)), default=0.0)
    return tuple(
        progress
        for progress in trials_to_refit(context)
        if not is_refitted(progress)
        and refit_status(progress).failures < MOST_FAILURES
        and progress.trial.spec.index not in leased
        and refit_share(context, progress, refit_seconds_left(context), at_least=least)
        and has_runner(context, progress)
    )


@per_context
def refit_seconds_left(context: Context) -> float:
    """Seconds that refits may still take. After a stop request, all refits take no longer than the budget reserves."""
    left = budget_seconds(context) - finalize_seconds(context) - context.broker.active_seconds
    if not context.spec.stop:
        return left
    return min(left, reserve_seconds(context) - (context.now - search_ended_at(context)))


def _results(context: Context) -> list[RefitResult]:
    found = (refit_status(progress).result for progress in context.trials_progress.values())
    return [result for result in found if result is not None]


def is_refitted(progress: TrialProgress) -> bool:
    """True when the trial has been trained on all rows."""
    return refit_status(progress).result is not None


def refit_status(progress: TrialProgress) -> RefitStatus:
    """The progress of a trial's refit."""
    return progress.trial.status.refit or RefitStatus()


def record_refit(progress: TrialProgress, refit: RefitStatus) -> WriteTrialStatus:
    """Write a refit's progress into its trial's status; the trial's state stays."""
    return WriteTrialStatus(progress.trial.metadata.name, progress.trial.status.replace(refit=refit))
