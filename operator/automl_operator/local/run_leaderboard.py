"""The leaderboard of a run: its stored trials, best first."""

from pathlib import Path

from automl_api.metrics import METRICS
from automl_api.resources import Trial
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
    metric = METRICS[records.plan.spec.metric]
    scored = [trial for trial in records.trials if trial.status.score is not None]
    entries = [_entry(trial) for trial in scored]
    return metric.name, tuple(sorted(entries, key=lambda entry: (-entry.folds, -metric.sign * entry.score)))


def _entry(trial: Trial) -> LeaderboardEntry:
    configuration, status = trial.spec.configuration, trial.status
    assert status.score is not None
    return LeaderboardEntry(
        trial=trial.metadata.name,
        learner=configuration.learner,
        view=configuration.view,
        score=status.score,
        folds=len(status.folds),
    )
