"""Which trial is best: trials are compared on the same folds only, the most folds that any of them has finished."""

from collections import Counter
from heapq import nlargest, nsmallest
from operator import attrgetter

from automl_api.metrics import METRICS
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.trial_progress import ScoredTrial

LEADERBOARD = 10
SHOWN_DIGITS = 6


def stored(situation: Context) -> list[ScoredTrial]:
    """The trials that can be compared, as they are stored."""
    return [entrant for standing in situation.standings.values() if (entrant := standing.entrant) is not None]


def comparable(entrants: list[ScoredTrial]) -> list[ScoredTrial]:
    """Those that have finished the same folds: the most that any of them has finished; of several such sets of folds
    the one that most of them have, then the one with the lowest numbers."""
    sets = Counter(map(attrgetter("folds"), entrants))
    del sets[()]
    best = max(sets, key=lambda folds: (len(folds), sets[folds], [-fold for fold in folds]), default=())
    return [entrant for entrant in entrants if best and entrant.folds == best]


def ranked(entrants: list[ScoredTrial], metric: str) -> list[LeaderboardEntry]:
    """The trials that have finished the same folds, best first; of equals the earlier one. The entrants are by index."""
    first = nlargest if METRICS[metric].sign > 0 else nsmallest
    return [_entry(entrant) for entrant in first(LEADERBOARD, comparable(entrants), key=attrgetter("score"))]


@per_progress
def leaderboard(situation: Context) -> list[LeaderboardEntry]:
    """The ranking of the trials as they are stored; empty without a plan."""
    return ranked(stored(situation), situation.plan.metric) if situation.snapshot.plan else []


def _entry(entrant: ScoredTrial) -> LeaderboardEntry:
    trial, configuration = entrant.trial, entrant.trial.spec.configuration
    return LeaderboardEntry(
        trial=trial.metadata.name,
        learner=configuration.learner,
        view=configuration.view,
        # kubectl prints what is stored; the trial has every digit.
        score=float(f"{entrant.score:.{SHOWN_DIGITS}g}"),
        folds=len(entrant.folds),
    )
