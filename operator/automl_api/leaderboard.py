"""The lines of a leaderboard, and their order: for experiments, for runs on one machine and for published models."""

from collections.abc import Iterable
from typing import TypeVar

from automl_api.metrics import METRICS
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_api.resources.trial import Configuration


def leaderboard_entry(trial: str, configuration: Configuration, score: float, folds: int) -> LeaderboardEntry:
    """The line of a trial; `score` is its mean over `folds` folds."""
    return LeaderboardEntry(
        trial=trial, learner=configuration.learner, view=configuration.view, score=score, folds=folds
    )


Entry = TypeVar("Entry", bound=LeaderboardEntry)


def best_first(entries: Iterable[Entry], metric: str) -> tuple[Entry, ...]:
    """The entries with more folds first, then by score; equal entries keep their order."""
    sign = METRICS[metric].sign
    return tuple(sorted(entries, key=lambda entry: (-entry.folds, -sign * entry.score)))
