"""The leaderboard of a run: its stored trials, best first."""

from pathlib import Path

from automl_api.leaderboard import best_first, leaderboard_entry
from automl_api.resources.experiment_status import LeaderboardEntry
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder


def is_run(folder: Path) -> bool:
    """True when a run was started in a folder."""
    return RunFolder(folder).is_run()


def run_leaderboard(folder: Path) -> tuple[str, tuple[LeaderboardEntry, ...]]:
    """The metric of a run and its trials: those with more folds first, then by score. Raises NotARun."""
    records = RunRecords.load(RunFolder(folder))
    if records.plan is None:
        return "", ()
    metric = records.plan.spec.metric
    entries = (
        leaderboard_entry(trial.metadata.name, trial.spec.configuration, trial.status.score, len(trial.status.folds))
        for trial in records.trials
        if trial.status.score is not None
    )
    return metric, best_first(entries, metric)
