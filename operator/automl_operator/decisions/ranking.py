"""Which trial is best: trials are compared on the same folds only, the most folds that any of them has finished."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from automl_api.metrics import METRICS
from automl_api.resources import Trial
from automl_api.resources.experiment_status import LeaderboardEntry

COMPARABLE = ("Running", "Paused", "Succeeded", "Stopped")


@dataclass(frozen=True)
class Entrant:
    """A trial and its scores by fold."""

    trial: Trial
    scores: dict[int, float]


def stored(trials: Iterable[Trial]) -> list[Entrant]:
    """The trials that can be compared, as they are stored."""
    return [
        Entrant(trial, {fold.fold: fold.score for fold in trial.status.folds})
        for trial in trials
        if trial.status.folds and trial.status.state in COMPARABLE
    ]


def common_folds(entrants: Iterable[Entrant]) -> frozenset[int]:
    """The largest set of folds that one of them has finished; of several such sets the one that most have, then the
    one with the lowest numbers. Empty when nothing is finished."""
    sets = Counter(frozenset(entrant.scores) for entrant in entrants)
    sets.pop(frozenset(), None)
    return max(
        sets, key=lambda folds: (len(folds), sets[folds], [-fold for fold in sorted(folds)]), default=frozenset()
    )


def ranking(entrants: list[Entrant], metric: str) -> list[LeaderboardEntry]:
    """The trials that have finished the common folds, best first; of equals the earlier one."""
    folds = common_folds(entrants)
    sign = METRICS[metric].sign
    scored = [
        (_mean(entrant, folds), entrant.trial) for entrant in entrants if folds and folds <= entrant.scores.keys()
    ]
    scored.sort(key=lambda pair: (-sign * pair[0], pair[1].spec.index))
    return [_entry(trial, score, len(folds)) for score, trial in scored]


def _mean(entrant: Entrant, folds: frozenset[int]) -> float:
    return sum(entrant.scores[fold] for fold in folds) / len(folds)


def _entry(trial: Trial, score: float, folds: int) -> LeaderboardEntry:
    configuration = trial.spec.configuration
    return LeaderboardEntry(
        trial=trial.metadata.name, learner=configuration.learner, view=configuration.view, score=score, folds=folds
    )
