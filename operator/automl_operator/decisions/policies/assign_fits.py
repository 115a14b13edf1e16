"""Which fit a free slot gets next: folds of trials at work first, so that partial trials finish, then a new trial."""

from collections.abc import Iterator

from automl_api.protocol import Assignment, FitWork
from automl_api.resources import Configuration, Trial
from automl_operator.decisions.policies.fit_results import drop_all
from automl_operator.decisions.state.actions import Action, CreateTrial, Grant, WriteTrialStatus
from automl_operator.decisions.facts.budget import seconds_left
from automl_operator.decisions.facts.admission import affordable_learners, best_first, learner_fits, trial_fits
from automl_operator.decisions.policies.end_search import is_held, spared_trial
from automl_operator.decisions.facts.costs import costs, goes_alone, range_of, timeout_seconds
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.facts.held_writes import has_failed, held_back
from automl_operator.decisions.state.objects import seed_of, trial_of
from automl_operator.decisions.state.work_id import fit_id
from automl_operator.decisions.lifecycle.experiment_state.search_end import rescuing, search_end
from automl_operator.decisions.facts.slots import can_run, free_sessions, has_most_memory, room
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.search.suggester import Suggestion


def next_fit(situation: Context) -> list[Action]:
    """The grant of one fit with the durable writes that belong before it, or nothing."""
    if room(situation) <= 0:
        return []
    for session in free_sessions(situation):
        if actions := next(_offers(situation, session), None):
            return actions
    return []


def _offers(situation: Context, session: RunnerSession) -> Iterator[list[Action]]:
    """What a slot may be given, best first."""
    if rescuing(situation):
        yield from _rescue(situation, session)
        return
    yield from _remaining(situation, session, judged_only=True)
    yield from _new_trials(situation, session)
    if not _more_to_come(situation):
        yield from _remaining(situation, session, judged_only=False)


def _remaining(situation: Context, session: RunnerSession, *, judged_only: bool) -> Iterator[list[Action]]:
    """Open folds of trials that were begun, the best first."""
    for standing in _open_trials(situation):
        alone = _goes_alone(situation, standing)
        if alone and standing.leases and judged_only:
            continue
        if _suits(situation, session, standing) and trial_fits(situation, standing):
            first_alone = alone and not standing.leases
            yield _go_on(situation, session, standing, _share(situation, standing, alone=first_alone))


def _open_trials(situation: Context) -> Iterator[TrialProgress]:
    end = search_end(situation)
    if end is not None and end.cut:
        return
    for standing in best_first(situation):
        waits = standing.leases or standing.handed or not is_held(situation, standing)
        if standing.open and waits:
            yield standing


def _suits(situation: Context, session: RunnerSession, standing: TrialProgress) -> bool:
    configuration = standing.trial.spec.configuration
    short = standing.trial.status.resource_failures > 0
    return can_run(situation, session, configuration) and (not short or has_most_memory(situation, session))


def _goes_alone(situation: Context, standing: TrialProgress) -> bool:
    """Whether the first fold of a trial is waited for, because the trial may be stopped by it."""
    seconds = costs(situation).of_trial(standing)
    return not standing.folds and goes_alone(situation, seconds, besides=standing.trial.spec.index)


def _share(situation: Context, standing: TrialProgress, *, alone: bool) -> tuple[int, ...]:
    """The folds of the next assignment; where there is nothing else to do, the free slots share them."""
    shares = 1 if _more_to_come(situation) else _free_slots(situation)
    return range_of(
        standing.open, costs(situation).of_trial(standing), left=seconds_left(situation), alone=alone, shares=shares
    )


def _more_to_come(situation: Context) -> bool:
    """Whether new trials wait, or may come, that will keep other slots busy."""
    if has_failed(situation, "trial") or search_end(situation) is not None:
        return False
    return bool(affordable_learners(situation))


def _free_slots(situation: Context) -> int:
    return max(1, min(room(situation), sum(session.free for session in free_sessions(situation))))


def _new_trials(situation: Context, session: RunnerSession) -> Iterator[list[Action]]:
    """Waiting suggestions in their order; one that would not end in time is passed over for a cheaper one."""
    if search_end(situation) is not None or held_back(situation, "trial"):
        return
    for suggestion in situation.desk.suggestions:
        configuration = suggestion.configuration
        if can_run(situation, session, configuration) and learner_fits(situation, configuration.learner):
            seconds = costs(situation).of_learner(configuration.learner)
            alone = goes_alone(situation, seconds)
            folds = range_of(range(situation.plan.folds), seconds, left=seconds_left(situation), alone=alone)
            yield _begin(situation, session, suggestion, folds)


def _begin(situation: Context, session: RunnerSession, suggestion: Suggestion, folds: tuple[int, ...]) -> list[Action]:
    trial = trial_of(situation.snapshot.experiment, suggestion, session.uid)
    grant = _grant(situation, session, trial, folds, suggestion=suggestion.index)
    return [CreateTrial(trial), grant]


def _go_on(situation: Context, session: RunnerSession, standing: TrialProgress, folds: tuple[int, ...]) -> list[Action]:
    """Lease open folds of a trial. Work that is done anew, or by another runner, is recorded first."""
    status, trial = standing.trial.status, standing.trial
    known = bool(standing.leases or standing.handed)
    redone = status.state == "Running" and not known and bool(standing.holder)
    moved = standing.holder != session.uid and not standing.leases
    if status.state == "Running" and not redone and not moved:
        return [_grant(situation, session, trial, folds)]
    status = with_folds(standing).replace(
        state="Running", holder=session.uid, attempts=status.attempts + (1 if redone else 0)
    )
    trial = trial.replace(status=status)
    write = WriteTrialStatus(trial.metadata.name, status)
    return [write, *drop_all(standing), _grant(situation, session, trial, folds)]


def _rescue(situation: Context, session: RunnerSession) -> Iterator[list[Action]]:
    """Nothing would end in time and nothing is finished: the cheapest default is trained with all folds, without an end."""
    shares = _free_slots(situation)
    spared = spared_trial(situation)
    if spared is not None:
        if spared.open and not is_held(situation, spared) and _suits(situation, session, spared):
            yield _go_on(situation, session, spared, _even_part(spared.open, shares))
        return
    for suggestion in () if held_back(situation, "trial") else situation.desk.suggestions:
        if can_run(situation, session, suggestion.configuration):
            yield _begin(situation, session, suggestion, _even_part(tuple(range(situation.plan.folds)), shares))


def _even_part(folds: tuple[int, ...], shares: int) -> tuple[int, ...]:
    return folds[: -(-len(folds) // shares)]


def _grant(
    situation: Context, session: RunnerSession, trial: Trial, folds: tuple[int, ...], suggestion: int | None = None
) -> Grant:
    experiment = situation.snapshot.experiment
    configuration: Configuration = trial.spec.configuration
    left = None if rescuing(situation) else seconds_left(situation)
    standing = situation.standings.get(trial.spec.index)
    fold = costs(situation).of_trial(standing) if standing else costs(situation).of_learner(configuration.learner)
    work = FitWork(
        trial=trial.metadata.name,
        configuration=configuration,
        folds=folds,
        prepared=situation.plan.prepared,
        seed=seed_of(situation.spec, trial.spec.index),
    )
    assignment = Assignment(
        id=fit_id(trial.spec.index, folds, trial.status.attempts, situation.now),
        attempt=trial.status.attempts,
        experiment=experiment.metadata.name,
        uid=experiment.metadata.uid,
        store=situation.snapshot.store,
        kind="fit",
        fit=work,
        ends_in_seconds=left,
        timeout_seconds=timeout_seconds(len(folds) * fold, last_resort=left is None),
    )
    return Grant(session.uid, assignment, suggestion)
