"""Which trial is best: trials are compared on the same folds only, the most folds that any of them has finished."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from automl_api.metrics import METRICS
from automl_api.resources import Trial
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_operator.decisions.situation import Situation, per_progress

LEADERBOARD = 10
COMPARABLE = ("Running", "Paused", "Succeeded", "Stopped")


@dataclass(frozen=True)
class Entrant:
    """A trial, the numbers of the folds that it has finished, in order, and its mean score over them."""

    trial: Trial
    folds: tuple[int, ...]
    score: float


def stored(trials: Iterable[Trial]) -> list[Entrant]:
    """The trials that can be compared, as they are stored."""
    return [
        Entrant(trial, tuple(fold.fold for fold in trial.status.folds), trial.status.score)
        for trial in trials
        if trial.status.score is not None and trial.status.folds and trial.status.state in COMPARABLE
    ]


def comparable(entrants: list[Entrant]) -> list[Entrant]:
    """Those that have finished the same folds: the most that any of them has finished; of several such sets of folds
    the one that most of them have, then the one with the lowest numbers."""
    sets = Counter(entrant.folds for entrant in entrants if entrant.folds)
    best = max(sets, key=lambda folds: (len(folds), sets[folds], [-fold for fold in folds]), default=())
    return [entrant for entrant in entrants if best and entrant.folds == best]


def ranking(entrants: list[Entrant], metric: str) -> list[LeaderboardEntry]:
    """The trials that have finished the same folds, best first; of equals the earlier one."""
    sign = METRICS[metric].sign
    ranked = sorted(comparable(entrants), key=lambda entrant: (-sign * entrant.score, entrant.trial.spec.index))
    return [_entry(entrant) for entrant in ranked[:LEADERBOARD]]


@per_progress
def leaderboard(situation: Situation) -> list[LeaderboardEntry]:
    """The ranking of the trials as they are stored; empty without a plan."""
    plan = situation.snapshot.plan
    return ranking(stored(situation.snapshot.trials), plan.spec.metric) if plan else []


def _entry(entrant: Entrant) -> LeaderboardEntry:
    trial, configuration = entrant.trial, entrant.trial.spec.configuration
    return LeaderboardEntry(
        trial=trial.metadata.name,
        learner=configuration.learner,
        view=configuration.view,
        score=entrant.score,
        folds=len(entrant.folds),
    )
