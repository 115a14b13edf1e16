"""Which trials are trained once more, on all rows, and how long that takes.

A plan asks for it where the models of the folds saw too few of the rows, or not the newest: they estimate, and others
are published.
"""

from automl_api.metrics import METRICS
from automl_api.protocol import MOST_REFITS, REFITS_PER_LEARNER
from automl_operator.decisions.facts.costs import SHORTEST_FOLD
from automl_operator.decisions.facts.leaderboard import comparable, stored
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import ScoredTrial, TrialProgress
from automl_operator.decisions.facts.timetable import Timetable


@per_progress
def chosen(situation: Context) -> tuple[TrialProgress, ...]:
    """The best two trials of each learner, at most ten, best first; none where the plan asks for no refits."""
    if situation.snapshot.plan is None or not situation.plan.refit:
        return ()
    found: list[TrialProgress] = []
    learners: list[str] = []
    for entrant in _best_first(situation):
        standing = situation.standings[entrant.trial.spec.index]
        if learners.count(standing.learner) < REFITS_PER_LEARNER and len(found) < MOST_REFITS:
            found.append(standing)
            learners.append(standing.learner)
    return tuple(found)


def _best_first(situation: Context) -> list[ScoredTrial]:
    sign = METRICS[situation.plan.metric].sign
    return sorted(comparable(stored(situation)), key=lambda entrant: (-sign * entrant.score, entrant.trial.spec.index))


def refit_seconds(situation: Context, standing: TrialProgress) -> float:
    """Predicted seconds of a refit: the longest fold's, and more by the rows that it did not train on."""
    longest = max((fold.seconds for fold in standing.folds.values()), default=0.0)
    return max(SHORTEST_FOLD, longest / situation.plan.trained_share)


@per_progress
def all_refits_seconds(situation: Context) -> float:
    """Predicted seconds until all refits have ended, side by side in the slots that there may be; 0 without any."""
    table = Timetable((), situation.slots)
    ends = [table.place(1, refit_seconds(situation, standing)) for standing in chosen(situation)]
    return max(ends, default=0.0)
