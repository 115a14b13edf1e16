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
from automl_operator.decisions.state.context import Context, per_progress, per_context
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import COMPARABLE, TrialProgress
from automl_operator.decisions.facts.timetable import Timetable

MARGIN = 0.05
"""The share of the time left that stays free when a trial is begun: predictions are rough, and slots are handed over."""


@per_progress
def best_first(situation: Context) -> tuple[TrialProgress, ...]:
    """The unfinished trials: those with the fewest better ones on the same folds first, those without a fold last."""
    return tuple(sorted(situation.unfinished, key=lambda s: (not s.folds, _better(situation, s), s.trial.spec.index)))


def _better(situation: Context, standing: TrialProgress) -> int:
    if not standing.folds:
        return 0
    mine = fmean(standing.losses.values())
    others = [
        x for x in situation.standings.values() if x.state in COMPARABLE and standing.folds.keys() <= x.folds.keys()
    ]
    return sum(fmean(other.losses[fold] for fold in standing.folds) < mine for other in others)


def trial_fits(situation: Context, standing: TrialProgress) -> bool:
    """Whether the rest of a trial ends in time; while no trial is complete, one more fold is worth it already."""
    if any(other.complete for other in situation.standings.values()):
        return standing.trial.spec.index in _kept(situation)
    return costs(situation).of_trial(standing) <= seconds_left(situation)


def learner_fits(situation: Context, learner: str) -> bool:
    """Whether a whole new trial of a learner ends in time, and leaves enough of it to all that was begun."""
    table, seconds = _at_work(situation), costs(situation).of_learner(learner)
    ends = [_place(table, situation.plan.folds, seconds, alone=goes_alone(situation, seconds))]
    kept = (standing for standing in best_first(situation) if standing.trial.spec.index in _kept(situation))
    ends += [_place_rest(situation, table, standing) for standing in kept]
    return max(ends) <= (1 - MARGIN) * seconds_left(situation)


@per_context
def affordable_learners(situation: Context) -> tuple[LearnerPlan, ...]:
    """The learners that a trial could be begun with now."""
    return tuple(learner for learner in worth_trying(situation) if learner_fits(situation, learner.name))


@per_context
def _kept(situation: Context) -> frozenset[int]:
    """The trials, by index, whose rest ends in time when the better ones have had their slots."""
    kept, table = set(), _at_work(situation)
    for standing in best_first(situation):
        with_it = table.copy()
        if _place_rest(situation, with_it, standing) <= seconds_left(situation):
            kept.add(standing.trial.spec.index)
            table = with_it
    return frozenset(kept)


def _at_work(situation: Context) -> Timetable:
    return Timetable([_remaining(situation, lease) for lease in situation.leases_of("fit")], situation.slots)


def _remaining(situation: Context, lease: Lease) -> float:
    """Predicted seconds until a lease ends; none where it should have ended, or was called off."""
    piece = situation.pieces[lease.id]
    standing = situation.standings.get(piece.trial)
    if standing is None or lease.cancelled:
        return 0.0
    return max(0.0, len(piece.folds) * costs(situation).of_trial(standing) - (situation.now - lease.granted_at))


def _place_rest(situation: Context, table: Timetable, standing: TrialProgress) -> float:
    seconds = costs(situation).of_trial(standing)
    alone = not standing.folds and goes_alone(situation, seconds, besides=standing.trial.spec.index)
    if alone and standing.leases:
        judged = max(_remaining(situation, lease) for lease in standing.leases)
        return table.place(len(standing.open), seconds, after=judged)
    return _place(table, len(standing.open), seconds, alone=alone)


def _place(table: Timetable, folds: int, seconds: float, *, alone: bool) -> float:
    """Place folds of which the first is waited for, if it goes `alone`."""
    if not alone or not folds:
        return table.place(folds, seconds)
    judged = table.place(1, seconds)
    return max(judged, table.place(folds - 1, seconds, after=judged))
