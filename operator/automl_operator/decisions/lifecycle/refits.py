"""Refits: between the search and finalize the best trials are trained on all rows, as far as the time allows.

What comes of one is kept in its trial's status, not among the folds: scores, the stopper and the search know folds only.
"""

from automl_api.protocol import Assignment, RefitWork
from automl_api.resources import RefitStatus
from automl_operator.decisions.state.actions import Action, DropResult, Grant, WriteTrialStatus
from automl_operator.decisions.facts.budget import budget_seconds, finalize_seconds, reserve_seconds
from automl_operator.decisions.facts.costs import timeout_seconds
from automl_operator.decisions.facts.retry import MESSAGE, STORE_FULL, AttemptFailure
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.objects import seed_of
from automl_operator.decisions.state.work_id import parse_work_id, refit_id
from automl_operator.decisions.facts.refit_choice import chosen, refit_seconds
from automl_operator.decisions.lifecycle.refit_runners import KIND, MOST_FAILURES, has_runner, is_able
from automl_operator.decisions.facts.slots import free_sessions, room
from automl_operator.decisions.state.context import Context, per_context
from automl_operator.decisions.state.snapshot import PendingResult, RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.lifecycle.status import write_with

TIME_WAS_UP = "It took longer than the budget had time for."
_HOPELESS = ("configuration", "program")
"""Classes of failures that will not pass: one of them is as good as MOST_FAILURES."""


def record_refit_results(situation: Context) -> list[Action]:
    """Record what refits have handed in."""
    actions: list[Action] = []
    for handed in situation.desk.handed:
        piece = parse_work_id(handed.result.id)
        if piece is not None and piece.kind == KIND:
            actions += _absorbed(situation.after(actions), handed, piece.trial)
            actions.append(DropResult(handed.result.id))
    return actions


def _absorbed(situation: Context, handed: PendingResult, trial: int) -> list[Action]:
    standing, result = situation.standings.get(trial), handed.result
    if standing is None or _done(standing):
        return []
    if result.outcome == "cancelled":
        given_up = _refit(standing).replace(failures=MOST_FAILURES, message=TIME_WAS_UP)
        return [_written(standing, given_up)] if _is_spent(handed) else []
    if result.outcome == "succeeded" and result.refit is not None:
        return [_written(standing, _refit(standing).replace(result=result.refit))]
    failure = result.failure
    if failure is None:
        return refit_failed(situation, trial, AttemptFailure("program", "NothingHandedIn", "The result was empty."))
    return refit_failed(situation, trial, AttemptFailure(failure.failure_class, failure.reason, failure.message))


def _is_spent(handed: PendingResult) -> bool:
    """Whether a refit was ended because its time was up: once more it would not be faster."""
    ends = None if handed.assignment is None else handed.assignment.ends_in_seconds
    return ends is not None and handed.result.seconds >= 0.95 * ends


def refit_failed(situation: Context, trial: int, mishap: AttemptFailure) -> list[Action]:
    """Record that a refit has failed or its runner was lost: it is tried again, or a model of the folds must do."""
    standing = situation.standings.get(trial)
    if standing is None or _done(standing):
        return []
    if mishap.reason == STORE_FULL:
        return [write_with(situation, store_full=mishap.message)]
    before = _refit(standing)
    failures = MOST_FAILURES if mishap.failure_class in _HOPELESS else before.failures + 1
    words = f"{mishap.reason}: {mishap.message}"[:MESSAGE]
    return [_written(standing, before.replace(failures=failures, message=words))]


def is_due(situation: Context, trial: int, attempt: int) -> bool:
    """Whether this attempt at a refit may have been given to anybody: holders of refits are recorded nowhere."""
    standing = situation.standings.get(trial)
    if standing is None or standing not in chosen(situation) or state(situation) not in ("Finalizing", "Suspended"):
        return False
    return 1 <= attempt <= _refit(standing).failures + 1


def is_wanted(situation: Context, trial: int) -> bool:
    """Whether a refit that a runner works on may still be of use."""
    standing = situation.standings.get(trial)
    return standing is not None and not _done(standing) and not situation.status.finalize.attempts


def lease_refits(situation: Context) -> list[Action]:
    """Everything that can be given to free slots now; those that are recorded nowhere before they have ended."""
    actions: list[Action] = []
    while more := _next(situation):
        actions += more
        situation = situation.after(more)
    return actions


def _next(situation: Context) -> list[Action]:
    if room(situation) <= 0 or situation.silent:
        return []
    for standing in open_refits(situation):
        for session in free_sessions(situation):
            if is_able(situation, session, standing):
                return [_grant(situation, session, standing)]
    return []


@per_context
def refits_to_come(situation: Context) -> int:
    """How many refits are at work or will be; finalize waits for them."""
    if state(situation) != "Finalizing" or situation.status.finalize.attempts:
        return 0
    return len(situation.leases_of(KIND)) + len(open_refits(situation))


@per_context
def open_refits(situation: Context) -> tuple[TrialProgress, ...]:
    """The refits that nobody has done or works on, and that somebody will end in time; best first."""
    if situation.status.finalize.attempts:
        return ()
    leased = {situation.pieces[lease.id].trial for lease in situation.leases_of(KIND)}
    return tuple(
        standing
        for standing in chosen(situation)
        if not _done(standing)
        and _refit(standing).failures < MOST_FAILURES
        and standing.trial.spec.index not in leased
        and refit_seconds(situation, standing) <= _seconds_left(situation)
        and has_runner(situation, standing)
    )


@per_context
def _seconds_left(situation: Context) -> float:
    """Seconds that refits may take. Who has said stop waits for them no longer than the budget keeps free for it."""
    left = budget_seconds(situation) - finalize_seconds(situation) - situation.desk.active_seconds
    return min(left, reserve_seconds(situation)) if situation.spec.stop else left


def _done(standing: TrialProgress) -> bool:
    return _refit(standing).result is not None


def _refit(standing: TrialProgress) -> RefitStatus:
    return standing.trial.status.refit or RefitStatus()


def _written(standing: TrialProgress, refit: RefitStatus) -> WriteTrialStatus:
    return WriteTrialStatus(standing.trial.metadata.name, standing.trial.status.replace(refit=refit))


def _grant(situation: Context, session: RunnerSession, standing: TrialProgress) -> Grant:
    experiment, trial = situation.snapshot.experiment.metadata, standing.trial
    index, attempt = trial.spec.index, _refit(standing).failures + 1
    work = RefitWork(
        trial=trial.metadata.name,
        configuration=trial.spec.configuration,
        folds=tuple(standing.folds),
        prepared=situation.plan.prepared,
        seed=seed_of(situation.spec, index),
    )
    assignment = Assignment(
        id=refit_id(index, attempt, situation.now),
        attempt=attempt,
        experiment=experiment.name,
        uid=experiment.uid,
        store=situation.snapshot.store,
        kind="refit",
        refit=work,
        ends_in_seconds=_seconds_left(situation),
        timeout_seconds=timeout_seconds(refit_seconds(situation, standing), last_resort=False),
    )
    return Grant(session.uid, assignment)
