"""What was begun comes first: a trial is begun only where all that was begun before it still ends in time.

So near the end of the budget no promising trial is cut because the last seconds went to something cheaper. The slots
belong to what is at work, then to the rest of the trials that were begun, the best first, then to new ones. A trial
whose rest does not end in time even so is given up, and holds nothing up: the model is made of complete trials.
"""

from statistics import fmean

from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.facts.budget import seconds_left
from automl_operator.decisions.facts.costs import costs, goes_alone
from automl_operator.decisions.facts.learners import worth_trying
from automl_operator.decisions.facts.timetable import Timetable
from automl_operator.decisions.state.context import Context, per_context, per_progress
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import COMPARABLE, TrialProgress

MARGIN = 0.05
"""The share of the time left that stays free when a trial is begun: predictions are rough, and slots are handed over."""


@per_progress
def best_first(context: Context) -> tuple[TrialProgress, ...]:
    """The unfinished trials: those with the fewest better ones on the same folds first, those without a fold last."""
    return tuple(sorted(context.unfinished, key=lambda s: (not s.folds, _better(context, s), s.trial.spec.index)))


def _better(context: Context, progress: TrialProgress) -> int:
    if not progress.folds:
        return 0
    mine = fmean(progress.losses.values())
    others = [
        x for x in context.trials_progress.values() if x.state in COMPARABLE and progress.folds.keys() <= x.folds.keys()
    ]
    return sum(fmean(other.losses[fold] for fold in progress.folds) < mine for other in others)


def trial_fits(context: Context, progress: TrialProgress) -> bool:
    """Whether the rest of a trial ends in time; while no trial is complete, one more fold is worth it already."""
    if any(other.complete for other in context.trials_progress.values()):
        return progress.trial.spec.index in _kept(context)
    return costs(context).of_trial(progress) <= seconds_left(context)


def learner_fits(context: Context, learner: str) -> bool:
    """Whether a whole new trial of a learner ends in time, and leaves enough of it to all that was begun."""
    table, seconds = _at_work(context), costs(context).of_learner(learner)
    ends = [_place(table, context.plan.folds, seconds, alone=goes_alone(context, seconds))]
    kept = (progress for progress in best_first(context) if progress.trial.spec.index in _kept(context))
    ends += [_place_rest(context, table, progress) for progress in kept]
    return max(ends) <= (1 - MARGIN) * seconds_left(context)


@per_context
def affordable_learners(context: Context) -> tuple[LearnerPlan, ...]:
    """The learners that a trial could be begun with now."""
    return tuple(learner for learner in worth_trying(context) if learner_fits(context, learner.name))


@per_context
def _kept(context: Context) -> frozenset[int]:
    """The trials, by index, whose rest ends in time when the better ones have had their slots."""
    kept, table = set(), _at_work(context)
    for progress in best_first(context):
        with_it = table.copy()
        if _place_rest(context, with_it, progress) <= seconds_left(context):
            kept.add(progress.trial.spec.index)
            table = with_it
    return frozenset(kept)


def _at_work(context: Context) -> Timetable:
    return Timetable([_remaining(context, lease) for lease in context.leases_of("fit")], context.slots)


def _remaining(context: Context, lease: Lease) -> float:
    """Predicted seconds until a lease ends; none where it should have ended, or was called off."""
    work_id = context.work_ids[lease.id]
    progress = context.trials_progress.get(work_id.trial)
    if progress is None or lease.cancelled:
        return 0.0
    return max(0.0, len(work_id.folds) * costs(context).of_trial(progress) - (context.now - lease.granted_at))


def _place_rest(context: Context, table: Timetable, progress: TrialProgress) -> float:
    seconds = costs(context).of_trial(progress)
    alone = not progress.folds and goes_alone(context, seconds, besides=progress.trial.spec.index)
    if alone and progress.leases:
        judged = max(_remaining(context, lease) for lease in progress.leases)
        return table.place(len(progress.open), seconds, after=judged)
    return _place(table, len(progress.open), seconds, alone=alone)


def _place(table: Timetable, folds: int, seconds: float, *, alone: bool) -> float:
    """Place folds of which the first is waited for, if it goes `alone`."""
    if not alone or not folds:
        return table.place(folds, seconds)
    judged = table.place(1, seconds)
    return max(judged, table.place(folds - 1, seconds, after=judged))
