"""The ranking of trials. They are compared only on the same folds: the most folds that any of them has finished."""

from collections import Counter
from heapq import nlargest, nsmallest
from operator import attrgetter

from automl_api.leaderboard import leaderboard_entry
from automl_api.metrics import METRICS
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import ScoredTrial

LEADERBOARD = 10
SHOWN_DIGITS = 6


def scored_trials(context: Context) -> list[ScoredTrial]:
    """The stored trials that have a score that counts."""
    return [scored for progress in context.trials_progress.values() if (scored := progress.scored) is not None]


def comparable(scored_trials: list[ScoredTrial]) -> list[ScoredTrial]:
    """The trials that have finished the same folds: the most that any trial has finished.

    Among several such sets of folds, the set of most trials counts, then the set with the lowest numbers.
    """
    sets = Counter(map(attrgetter("folds"), scored_trials))
    del sets[()]
    best = max(sets, key=lambda folds: (len(folds), sets[folds], [-fold for fold in folds]), default=())
    return [scored for scored in scored_trials if best and scored.folds == best]


def ranked(scored_trials: list[ScoredTrial], metric: str) -> list[LeaderboardEntry]:
    """The leaderboard over the same folds, best first. Takes trials by index and keeps that order for ties."""
    first = nlargest if METRICS[metric].sign > 0 else nsmallest
    return [_entry(scored) for scored in first(LEADERBOARD, comparable(scored_trials), key=attrgetter("score"))]


@per_progress
def leaderboard(context: Context) -> list[LeaderboardEntry]:
    """The leaderboard of the stored trials; empty without a plan."""
    return ranked(scored_trials(context), context.plan.metric) if context.snapshot.plan else []


def _entry(scored: ScoredTrial) -> LeaderboardEntry:
    # Shortened, because kubectl prints it. The trial has every digit.
    score = float(f"{scored.score:.{SHOWN_DIGITS}g}")
    return leaderboard_entry(scored.trial.metadata.name, scored.trial.spec.configuration, score, len(scored.folds))
