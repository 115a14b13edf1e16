"""The next fit for a free slot: the first trial of each learner, then folds of unfinished trials, then a new trial."""

from collections.abc import Iterator

from automl_api.protocol import Assignment, FitWork
from automl_api.resources import Configuration, Trial
from automl_operator.decisions.facts.admission import (
    affordable_learners,
    finishes_in_time,
    is_untried,
    trial_finishes_in_time,
    unfinished_best_first,
)
from automl_operator.decisions.facts.budget import seconds_left
from automl_operator.decisions.facts.costs import costs, goes_alone, range_of, timeout_seconds
from automl_operator.decisions.facts.held_writes import has_failed, held_back
from automl_operator.decisions.facts.slots import can_run, free_sessions, has_most_memory, may_be_at_work, room
from automl_operator.decisions.lifecycle.search_end import in_last_resort, last_resort_trial, search_end
from automl_operator.decisions.state.actions import Action, CreateTrial, Grant
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import seed_of, trial_of
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.trial_transitions import resume
from automl_operator.decisions.state.work_id import fit_id
from automl_operator.search.suggester import Suggestion


def next_fit(context: Context) -> list[Action]:
    """The grant of one fit, preceded by its durable writes; empty where no fit can be granted."""
    if room(context) <= 0:
        return []
    for session in free_sessions(context):
        if actions := next(_offers(context, session), None):
            return actions
    return []


def _offers(context: Context, session: RunnerSession) -> Iterator[list[Action]]:
    """The fits that a slot may be given, best first."""
    if in_last_resort(context):
        yield from _last_resort(context, session)
        return
    yield from _new_trials(context, session, first_only=True)
    yield from _remaining(context, session, judged_only=True)
    yield from _new_trials(context, session, first_only=False)
    if not _more_to_come(context):
        yield from _remaining(context, session, judged_only=False)


def _remaining(context: Context, session: RunnerSession, *, judged_only: bool) -> Iterator[list[Action]]:
    """Fits of open folds of unfinished trials, the best trial first."""
    for progress in _open_trials(context):
        alone = _goes_alone(context, progress)
        if alone and progress.leases and judged_only:
            continue
        if _suits(context, session, progress) and trial_finishes_in_time(context, progress):
            first_alone = alone and not progress.leases
            yield _go_on(context, session, progress, _share(context, progress, alone=first_alone))


def _open_trials(context: Context) -> Iterator[TrialProgress]:
    end = search_end(context)
    if end is not None and end.cut:
        return
    for progress in unfinished_best_first(context):
        grantable = progress.leases or progress.pending_results or not may_be_at_work(context, progress)
        if progress.open and grantable:
            yield progress


def _suits(context: Context, session: RunnerSession, progress: TrialProgress) -> bool:
    configuration = progress.trial.spec.configuration
    short = progress.trial.status.resource_failures > 0
    return can_run(context, session, configuration) and (not short or has_most_memory(context, session))


def _goes_alone(context: Context, progress: TrialProgress) -> bool:
    """True when the trial's other folds wait for its first, because its score may stop the trial."""
    seconds = costs(context).of_trial(progress)
    return not progress.folds and goes_alone(context, seconds, besides=progress.trial.spec.index)


def _share(context: Context, progress: TrialProgress, *, alone: bool) -> tuple[int, ...]:
    """The folds of the next assignment. Where no other work is left, the free slots share the folds."""
    shares = 1 if _more_to_come(context) else _free_slots(context)
    return range_of(
        progress.open, costs(context).of_trial(progress), left=seconds_left(context), alone=alone, shares=shares
    )


def _more_to_come(context: Context) -> bool:
    """True when new trials wait or may come, which will keep the other slots busy."""
    if has_failed(context, "trial") or search_end(context) is not None:
        return False
    return bool(affordable_learners(context))


def _free_slots(context: Context) -> int:
    return max(1, min(room(context), sum(session.free for session in free_sessions(context))))


def _new_trials(context: Context, session: RunnerSession, *, first_only: bool) -> Iterator[list[Action]]:
    """Fits of waiting suggestions, in order. A suggestion that would not finish in time gives way to a cheaper one.

    With `first_only`, only the first trials of learners.
    """
    if search_end(context) is not None or held_back(context, "trial"):
        return
    for suggestion in context.broker.suggestions:
        configuration = suggestion.configuration
        if first_only and not is_untried(context, configuration.learner):
            continue
        if can_run(context, session, configuration) and finishes_in_time(context, configuration):
            seconds = costs(context).of_configuration(configuration)
            alone = goes_alone(context, seconds)
            folds = range_of(range(context.plan.folds), seconds, left=seconds_left(context), alone=alone)
            yield _begin(context, session, suggestion, folds)


def _begin(context: Context, session: RunnerSession, suggestion: Suggestion, folds: tuple[int, ...]) -> list[Action]:
    trial = trial_of(context.snapshot.experiment, suggestion, session.uid)
    grant = _grant(context, session, trial, folds, trial.status.attempts, suggestion=suggestion.index)
    return [CreateTrial(trial), grant]


def _go_on(context: Context, session: RunnerSession, progress: TrialProgress, folds: tuple[int, ...]) -> list[Action]:
    """Lease open folds of a trial. A repeated attempt or a change of runner is recorded first."""
    status, trial = progress.trial.status, progress.trial
    known = bool(progress.leases or progress.pending_results)
    redone = status.state == "Running" and not known and bool(progress.holder)
    moved = progress.holder != session.uid and not progress.leases
    if status.state == "Running" and not redone and not moved:
        return [_grant(context, session, trial, folds, status.attempts)]
    grant = _grant(context, session, trial, folds, status.attempts + redone)
    return [*resume(progress, session.uid, redone=redone), grant]


def _last_resort(context: Context, session: RunnerSession) -> Iterator[list[Action]]:
    """Fits where nothing is finished and no trial would finish in time: the cheapest default without a time limit."""
    shares = _free_slots(context)
    last_resort = last_resort_trial(context)
    if last_resort is not None:
        if last_resort.open and not may_be_at_work(context, last_resort) and _suits(context, session, last_resort):
            yield _go_on(context, session, last_resort, _even_part(last_resort.open, shares))
        return
    for suggestion in () if held_back(context, "trial") else context.broker.suggestions:
        if can_run(context, session, suggestion.configuration):
            yield _begin(context, session, suggestion, _even_part(tuple(range(context.plan.folds)), shares))


def _even_part(folds: tuple[int, ...], shares: int) -> tuple[int, ...]:
    return folds[: -(-len(folds) // shares)]


def _grant(
    context: Context,
    session: RunnerSession,
    trial: Trial,
    folds: tuple[int, ...],
    attempt: int,
    suggestion: int | None = None,
) -> Grant:
    experiment = context.snapshot.experiment
    configuration: Configuration = trial.spec.configuration
    left = None if in_last_resort(context) else seconds_left(context)
    progress = context.trials_progress.get(trial.spec.index)
    fold = costs(context).of_trial(progress) if progress else costs(context).of_configuration(configuration)
    work = FitWork(
        trial=trial.metadata.name,
        configuration=configuration,
        folds=folds,
        prepared=context.plan.prepared,
        seed=seed_of(context.spec, trial.spec.index),
    )
    assignment = Assignment(
        id=fit_id(trial.spec.index, folds, attempt, context.now),
        attempt=attempt,
        experiment=experiment.metadata.name,
        uid=experiment.metadata.uid,
        store=context.snapshot.store,
        kind="fit",
        fit=work,
        ends_in_seconds=left,
        timeout_seconds=timeout_seconds(len(folds) * fold, last_resort=left is None),
    )
    return Grant(session.uid, assignment, suggestion)
