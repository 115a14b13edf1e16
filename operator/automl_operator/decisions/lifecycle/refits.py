"""Refits: between the search and finalize the best trials are trained on all rows, as far as the time allows.

What comes of one is kept in its trial's status, not among the folds: scores, the stopper and the search know folds only.
"""

from automl_api.protocol import Assignment, RefitWork
from automl_api.resources import RefitStatus
from automl_operator.decisions.facts.budget import budget_seconds, finalize_seconds, reserve_seconds
from automl_operator.decisions.facts.costs import timeout_seconds
from automl_operator.decisions.facts.refit_choice import chosen, refit_seconds
from automl_operator.decisions.facts.retry import MESSAGE, STORE_FULL, AttemptFailure
from automl_operator.decisions.facts.slots import free_sessions, room
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refit_runners import KIND, MOST_FAILURES, has_runner, is_able
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action, DropResult, Grant, WriteTrialStatus
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.objects import seed_of
from automl_operator.decisions.state.snapshot import PendingResult, RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import parse_work_id, refit_id

TIME_WAS_UP = "It took longer than the budget had time for."
_HOPELESS = ("configuration", "program")
"""Classes of failures that will not pass: one of them is as good as MOST_FAILURES."""


def record_refit_results(context: Context) -> list[Action]:
    """Record what refits have handed in."""
    actions: list[Action] = []
    for pending in context.broker.pending_results:
        work_id = parse_work_id(pending.result.id)
        if work_id is not None and work_id.kind == KIND:
            actions += _absorbed(context.after(actions), pending, work_id.trial)
            actions.append(DropResult(pending.result.id))
    return actions


def _absorbed(context: Context, pending: PendingResult, trial: int) -> list[Action]:
    progress, result = context.trials_progress.get(trial), pending.result
    if progress is None or _done(progress):
        return []
    if result.outcome == "cancelled":
        given_up = _refit(progress).replace(failures=MOST_FAILURES, message=TIME_WAS_UP)
        return [_written(progress, given_up)] if _is_spent(pending) else []
    if result.outcome == "succeeded" and result.refit is not None:
        return [_written(progress, _refit(progress).replace(result=result.refit))]
    failure = result.failure
    if failure is None:
        return refit_failed(context, trial, AttemptFailure("program", "NothingHandedIn", "The result was empty."))
    return refit_failed(context, trial, AttemptFailure(failure.failure_class, failure.reason, failure.message))


def _is_spent(pending: PendingResult) -> bool:
    """Whether a refit was ended because its time was up: once more it would not be faster."""
    ends = None if pending.assignment is None else pending.assignment.ends_in_seconds
    return ends is not None and pending.result.seconds >= 0.95 * ends


def refit_failed(context: Context, trial: int, failure: AttemptFailure) -> list[Action]:
    """Record that a refit has failed or its runner was lost: it is tried again, or a model of the folds must do."""
    progress = context.trials_progress.get(trial)
    if progress is None or _done(progress):
        return []
    if failure.reason == STORE_FULL:
        return [write_with(context, store_full=failure.message)]
    before = _refit(progress)
    failures = MOST_FAILURES if failure.failure_class in _HOPELESS else before.failures + 1
    words = f"{failure.reason}: {failure.message}"[:MESSAGE]
    return [_written(progress, before.replace(failures=failures, message=words))]


def is_due(context: Context, trial: int, attempt: int) -> bool:
    """Whether this attempt at a refit may have been given to anybody: holders of refits are recorded nowhere."""
    progress = context.trials_progress.get(trial)
    if progress is None or progress not in chosen(context) or state(context) not in ("Finalizing", "Suspended"):
        return False
    return 1 <= attempt <= _refit(progress).failures + 1


def is_wanted(context: Context, trial: int) -> bool:
    """Whether a refit that a runner works on may still be of use."""
    progress = context.trials_progress.get(trial)
    return progress is not None and not _done(progress) and not context.status.finalize.attempts


def lease_refits(context: Context) -> list[Action]:
    """Everything that can be given to free slots now; those that are recorded nowhere before they have ended."""
    actions: list[Action] = []
    while more := _next(context):
        actions += more
        context = context.after(more)
    return actions


def _next(context: Context) -> list[Action]:
    if room(context) <= 0 or context.silent:
        return []
    for progress in open_refits(context):
        for session in free_sessions(context):
            if is_able(context, session, progress):
                return [_grant(context, session, progress)]
    return []


@per_context
def refits_to_come(context: Context) -> int:
    """How many refits are at work or will be; finalize waits for them."""
    if state(context) != "Finalizing" or context.status.finalize.attempts:
        return 0
    return len(context.leases_of(KIND)) + len(open_refits(context))


@per_context
def open_refits(context: Context) -> tuple[TrialProgress, ...]:
    """The refits that nobody has done or works on, and that somebody will end in time; best first."""
    if context.status.finalize.attempts:
        return ()
    leased = {context.work_ids[lease.id].trial for lease in context.leases_of(KIND)}
    return tuple(
        progress
        for progress in chosen(context)
        if not _done(progress)
        and _refit(progress).failures < MOST_FAILURES
        and progress.trial.spec.index not in leased
        and refit_seconds(context, progress) <= _seconds_left(context)
        and has_runner(context, progress)
    )


@per_context
def _seconds_left(context: Context) -> float:
    """Seconds that refits may take. Who has said stop waits for them no longer than the budget keeps free for it."""
    left = budget_seconds(context) - finalize_seconds(context) - context.broker.active_seconds
    return min(left, reserve_seconds(context)) if context.spec.stop else left


def _done(progress: TrialProgress) -> bool:
    return _refit(progress).result is not None


def _refit(progress: TrialProgress) -> RefitStatus:
    return progress.trial.status.refit or RefitStatus()


def _written(progress: TrialProgress, refit: RefitStatus) -> WriteTrialStatus:
    return WriteTrialStatus(progress.trial.metadata.name, progress.trial.status.replace(refit=refit))


def _grant(context: Context, session: RunnerSession, progress: TrialProgress) -> Grant:
    experiment, trial = context.snapshot.experiment.metadata, progress.trial
    index, attempt = trial.spec.index, _refit(progress).failures + 1
    work = RefitWork(
        trial=trial.metadata.name,
        configuration=trial.spec.configuration,
        folds=tuple(progress.folds),
        prepared=context.plan.prepared,
        seed=seed_of(context.spec, index),
    )
    assignment = Assignment(
        id=refit_id(index, attempt, context.now),
        attempt=attempt,
        experiment=experiment.name,
        uid=experiment.uid,
        store=context.snapshot.store,
        kind="refit",
        refit=work,
        ends_in_seconds=_seconds_left(context),
        timeout_seconds=timeout_seconds(refit_seconds(context, progress), last_resort=False),
    )
    return Grant(session.uid, assignment)
