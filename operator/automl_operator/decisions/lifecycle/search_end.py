"""The end of the search: its time and its reason."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from automl_api import reasons
from automl_api.condition_types import SEARCHED
from automl_api.limits import MAX_MESSAGE
from automl_api.metrics import METRICS
from automl_operator.decisions.facts.admission import affordable_learners, trial_finishes_in_time
from automl_operator.decisions.facts.budget import seconds_left, usable
from automl_operator.decisions.facts.leaderboard import leaderboard
from automl_operator.decisions.facts.learners import left_out, out_of_reach, worth_trying
from automl_operator.decisions.state.context import Context, per_context, per_progress
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import TrialProgress

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class SearchEnd:
    """The reason why no further trials begin. `cut` is True when the trials at work end too."""

    reason: str
    message: str
    cut: bool = False


NO_TIME = SearchEnd(reasons.TIME_SPENT, "No further trial would finish in the time left.", cut=True)


@per_context
def search_end(context: Context) -> SearchEnd | None:
    """The end of the search. None while it goes on; once recorded, it stays. Needs a plan."""
    return (
        _recorded(context)
        or _first(context, _CUTTING_RULES)
        or _nothing_finishes_in_time(context)
        or no_more_trials(context)
    )


def _recorded(context: Context) -> SearchEnd | None:
    for condition in context.status.conditions:
        if condition.type == SEARCHED and condition.status == "True":
            return SearchEnd(condition.reason, condition.message, cut=True)
    return None


def _first(context: Context, rules: "tuple[Callable[[Context], SearchEnd | None], ...]") -> SearchEnd | None:
    return next((end for rule in rules if (end := rule(context)) is not None), None)


def _stop(context: Context) -> SearchEnd | None:
    return (
        SearchEnd(reasons.STOP_REQUESTED, "The experiment was asked to stop.", cut=True) if context.spec.stop else None
    )


@per_progress
def _goal(context: Context) -> SearchEnd | None:
    goal = context.spec.objective.goal
    if goal is None:
        return None
    metric = METRICS[context.plan.metric]
    for progress in context.trials_progress.values():
        score = progress.trial.status.score if progress.state == "Succeeded" else None
        if score is not None and not metric.better(goal, than=score):
            name = progress.trial.metadata.name
            return SearchEnd(reasons.GOAL_REACHED, f"The trial {name} has reached the goal.", cut=True)
    return None


def _time(context: Context) -> SearchEnd | None:
    if seconds_left(context) > 0:
        return None
    return SearchEnd(reasons.TIME_SPENT, "The time for trials is spent; the rest is for building the model.", cut=True)


def _last_resort_at_work(context: Context) -> SearchEnd | None:
    """The search's end while the last resort is trained after the time is spent: no other trial begins."""
    return None if running_last_resort(context) is None else NO_TIME


def _nothing_finishes_in_time(context: Context) -> SearchEnd | None:
    """The search's end where nothing is at work, and no unfinished or new trial would finish in time."""
    if context.leases_of("fit"):
        return None
    unfinished = [progress for progress in context.unfinished if not progress.complete]
    if any(trial_finishes_in_time(context, progress) for progress in unfinished):
        return None
    if no_more_trials(context) is None and _may_become_work(context):
        return None
    if no_more_trials(context) is not None and not unfinished:
        return None
    return NO_TIME


def _may_become_work(context: Context) -> bool:
    return bool(affordable_learners(context))


@per_context
def no_more_trials(context: Context) -> SearchEnd | None:
    """The reason why no trial may begin any more, while those at work go on. None while trials may begin."""
    return _first(context, _DRAINING_RULES)


def _trials(context: Context) -> SearchEnd | None:
    most = context.spec.budget.trials
    if len(context.snapshot.trials) < most:
        return None
    return SearchEnd(reasons.TRIALS_SPENT, f"All {most} trials of the budget are used.")


@per_progress
def _failed_trials(context: Context) -> SearchEnd | None:
    most = context.spec.budget.failed_trials
    failed = [
        progress.trial.status
        for progress in context.trials_progress.values()
        if progress.state in ("Infeasible", "Failed")
        and progress.trial.status.failure_class in ("configuration", "program")
    ]
    if len(failed) < most:
        return None
    last = f"The last one: {failed[-1].reason}: {failed[-1].message}"
    return SearchEnd(
        reasons.FAILED_TRIALS_SPENT, f"{most} trials have failed, as many as the budget allows. {last}"[:MAX_MESSAGE]
    )


def _patience(context: Context) -> SearchEnd | None:
    """Patience counts once the default of every learner that still has time and a runner has ended."""
    patience, trials = context.spec.budget.patience, _trials_without_gain(context)
    if trials < patience or _learners_without_trial(context):
        return None
    return SearchEnd(reasons.PATIENCE_SPENT, f"{patience} trials in a row brought no better score.")


@per_progress
def _trials_without_gain(context: Context) -> int:
    """The trials that have ended and are newer than the best one and than every learner's first."""
    ended = {progress.trial.spec.index: progress for progress in context.trials_progress.values() if progress.final}
    board = leaderboard(context)
    best = [index for index, progress in ended.items() if board and progress.trial.metadata.name == board[0].trial]
    if not best:
        return 0
    firsts = {progress.learner: index for index, progress in sorted(ended.items(), reverse=True)}
    since = max(*best, *firsts.values())
    return sum(index > since for index in ended)


def _learners_without_trial(context: Context) -> bool:
    """True when a learner that could begin a trial now has none that has ended."""
    tried = {progress.learner for progress in context.trials_progress.values() if progress.final}
    affordable = {learner.name for learner in affordable_learners(context)}
    return bool(affordable - tried - out_of_reach(context))


def _no_learners(context: Context) -> SearchEnd | None:
    if worth_trying(context):
        return None
    text = " ".join(f"{learner}: {why}" for learner, why in left_out(context).items())
    return SearchEnd(reasons.NO_LEARNERS, f"Every learner was left out. {text}"[:MAX_MESSAGE])


def _exhausted(context: Context) -> SearchEnd | None:
    if not context.broker.exhausted or context.broker.suggestions or context.broker.suggesting:
        return None
    return SearchEnd(reasons.SEARCH_EXHAUSTED, "The search has nothing left to propose.")


def _failed(context: Context) -> SearchEnd | None:
    if not context.broker.search_failure or context.broker.suggestions or context.broker.suggesting:
        return None
    return SearchEnd(
        reasons.SEARCH_FAILED, f"No further trial could be chosen: {context.broker.search_failure}"[:MAX_MESSAGE]
    )


_CUTTING_RULES = (_stop, _goal, _last_resort_at_work, _time)
_DRAINING_RULES = (_trials, _failed_trials, _patience, _no_learners, _exhausted, _failed)


@per_progress
def running_last_resort(context: Context) -> TrialProgress | None:
    """The last resort: the trial that is trained without a time limit."""
    return next(
        (progress for progress in context.unfinished if any(_is_endless(lease) for lease in progress.leases)), None
    )


def _is_endless(lease: Lease) -> bool:
    return lease.assignment is not None and lease.assignment.ends_in_seconds is None


@per_context
def in_last_resort(context: Context) -> bool:
    """True when the time is spent and no model can be made: the cheapest default is trained regardless of time."""
    end = search_end(context)
    if end is None or end.reason != reasons.TIME_SPENT or _recorded(context):
        return False
    if running_last_resort(context) is not None:
        return True
    return not usable(context) and (bool(context.unfinished) or no_more_trials(context) is None)


def last_resort_trial(context: Context) -> TrialProgress | None:
    """The trial that is trained although the time is spent, because no other trial can give a model."""
    if not in_last_resort(context):
        return None
    return running_last_resort(context) or next(iter(context.unfinished), None)
