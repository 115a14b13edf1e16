"""The choice of trials to train again on all rows, and the predicted time for it.

A plan asks for refits where the models of the folds saw too few rows, or not the newest rows. These models then serve
only for scores, and the refits are published.
"""

from automl_api.metrics import METRICS
from automl_api.protocol import MOST_REFITS, REFITS_PER_LEARNER
from automl_operator.decisions.facts.costs import SHORTEST_FOLD
from automl_operator.decisions.facts.leaderboard import comparable, scored_trials
from automl_operator.decisions.facts.timetable import Timetable
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import ScoredTrial, TrialProgress

_FEW = 0.5
"""The share of the rows below which a fold's time says little about that of all rows."""
_MARGIN = 0.7
"""The part of the time left that such a prediction may fill."""
_WORTHWHILE = 2.0
"""A refit of fewer than all rows has at least this many times the rows of a fold's training set."""


@per_progress
def trials_to_refit(context: Context) -> tuple[TrialProgress, ...]:
    """The best two trials of each learner, at most ten, best first; empty where the plan asks for no refits."""
    if context.snapshot.plan is None or not context.plan.refit:
        return ()
    found: list[TrialProgress] = []
    learners: list[str] = []
    for scored in _best_first(context):
        progress = context.trials_progress[scored.trial.spec.index]
        if learners.count(progress.learner) < REFITS_PER_LEARNER and len(found) < MOST_REFITS:
            found.append(progress)
            learners.append(progress.learner)
    return tuple(found)


def _best_first(context: Context) -> list[ScoredTrial]:
    sign = METRICS[context.plan.metric].sign
    return sorted(
        comparable(scored_trials(context)), key=lambda scored: (-sign * scored.score, scored.trial.spec.index)
    )


def refit_seconds(context: Context, progress: TrialProgress) -> float:
    """Predicted seconds of a refit: the time of the longest fold, scaled up to all rows."""
    longest = max((fold.seconds for fold in progress.folds.values()), default=0.0)
    return max(SHORTEST_FOLD, longest / context.plan.trained_share)


def refit_share(context: Context, progress: TrialProgress, seconds: float, *, at_least: float = 0.0) -> float:
    """The share of all rows that a refit can be trained on in some seconds; 0 where that is not worth its time.

    Nothing can be kept of a refit that is late. So a prediction from few rows for many counts with a margin.
    """
    trained = context.plan.trained_share
    margin = _MARGIN if trained < _FEW else 1.0
    share = min(1.0, margin * seconds / refit_seconds(context, progress))
    return share if share == 1.0 or share >= max(_WORTHWHILE * trained, at_least) else 0.0


@per_progress
def all_refits_seconds(context: Context) -> float:
    """Predicted seconds until all refits have ended, run in parallel in the available slots; 0 without any."""
    table = Timetable((), context.slots)
    ends = [table.place(1, refit_seconds(context, progress)) for progress in trials_to_refit(context)]
    return max(ends, default=0.0)
