"""The admission of trials: a new trial begins only where unfinished trials still finish in time.

The first trial of a learner has to leave time for the best unfinished trial, and any other trial for all of them. So
near the end of the budget, no promising trial is cut because a cheaper one took the last seconds. Slots go to work in
progress first, then to the first trials of learners, then to the rest of the unfinished trials (best first), then to
other new trials. A trial that still cannot finish in time is given up and delays no other, because the model is made
of complete trials.
"""

from itertools import islice
from statistics import fmean

from automl_api.resources import Configuration
from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.facts.budget import seconds_left
from automl_operator.decisions.facts.costs import costs, goes_alone
from automl_operator.decisions.facts.learners import worth_trying
from automl_operator.decisions.facts.timetable import Timetable
from automl_operator.decisions.state.context import Context, per_context, per_progress
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import COMPARABLE, TrialProgress

MARGIN = 0.05
"""The share of the time left that stays free when a trial begins: predictions are rough, and slots change hands."""


@per_progress
def unfinished_best_first(context: Context) -> tuple[TrialProgress, ...]:
    """The unfinished trials, those that the fewest trials beat on the same folds first; those without a fold last."""
    return tuple(
        sorted(
            context.unfinished,
            key=lambda progress: (not progress.folds, _better(context, progress), progress.trial.spec.index),
        )
    )


def _better(context: Context, progress: TrialProgress) -> int:
    if not progress.folds:
        return 0
    mine = fmean(progress.losses.values())
    others = [
        x for x in context.trials_progress.values() if x.state in COMPARABLE and progress.folds.keys() <= x.folds.keys()
    ]
    return sum(fmean(other.losses[fold] for fold in progress.folds) < mine for other in others)


def trial_finishes_in_time(context: Context, progress: TrialProgress) -> bool:
    """True when the rest of a trial finishes in time. While no trial is complete, time for one more fold is enough."""
    if any(other.complete for other in context.trials_progress.values()):
        return progress.trial.spec.index in _kept(context)
    return costs(context).of_trial(progress) <= seconds_left(context)


def finishes_in_time(context: Context, configuration: Configuration) -> bool:
    """True when a whole new trial finishes in time and leaves enough time for the unfinished trials.

    A learner's first trial has to leave time for the best unfinished trial only: a fold of each learner says more about
    where the time is best spent than the last folds of a few.
    """
    table, seconds = _at_work(context), costs(context).of_configuration(configuration)
    ends = [_place(table, context.plan.folds, seconds, alone=goes_alone(context, seconds))]
    kept = (progress for progress in unfinished_best_first(context) if progress.trial.spec.index in _kept(context))
    least = 1 if is_untried(context, configuration.learner) else len(context.unfinished)
    ends += [_place_rest(context, table, progress) for progress in islice(kept, least)]
    return max(ends) <= (1 - MARGIN) * seconds_left(context)


def is_untried(context: Context, learner: str) -> bool:
    """True when no trial of the learner has begun."""
    return learner not in _tried(context)


@per_progress
def _tried(context: Context) -> frozenset[str]:
    return frozenset(progress.learner for progress in context.trials_progress.values())


@per_context
def affordable_learners(context: Context) -> tuple[LearnerPlan, ...]:
    """The learners with which a trial could begin now."""
    return tuple(learner for learner in worth_trying(context) if finishes_in_time(context, _in_first_view(learner)))


def _in_first_view(learner: LearnerPlan) -> Configuration:
    return Configuration(view=learner.views[0], learner=learner.name, parameters=learner.default)


@per_context
def _kept(context: Context) -> frozenset[int]:
    """The indices of the trials whose remaining folds still finish in time.

    The better trials get their slots first.
    """
    kept, table = set(), _at_work(context)
    for progress in unfinished_best_first(context):
        with_it = table.copy()
        if _place_rest(context, with_it, progress) <= seconds_left(context):
            kept.add(progress.trial.spec.index)
            table = with_it
    return frozenset(kept)


def _at_work(context: Context) -> Timetable:
    return Timetable([_remaining(context, lease) for lease in context.leases_of("fit")], context.slots)


def _remaining(context: Context, lease: Lease) -> float:
    """Predicted seconds until a lease ends; 0 where it is overdue or cancelled."""
    work_id = context.work_ids[lease.id]
    progress = context.trials_progress.get(work_id.trial)
    if progress is None or lease.cancelled:
        return 0.0
    return max(0.0, len(work_id.folds) * costs(context).of_trial(progress) - (context.now - lease.granted_at))


def _place_rest(context: Context, table: Timetable, progress: TrialProgress) -> float:
    seconds = costs(context).of_trial(progress)
    alone = not progress.folds and goes_alone(context, seconds, besides=progress.trial.spec.index)
    if alone and progress.leases:
        first_ends = max(_remaining(context, lease) for lease in progress.leases)
        return table.place(len(progress.open), seconds, after=first_ends)
    return _place(table, len(progress.open), seconds, alone=alone)


def _place(table: Timetable, folds: int, seconds: float, *, alone: bool) -> float:
    """Place folds in the table. Returns the last one's end; where the first goes `alone`, the others begin after it."""
    if not alone or not folds:
        return table.place(folds, seconds)
    first_ends = table.place(1, seconds)
    return max(first_ends, table.place(folds - 1, seconds, after=first_ends))
