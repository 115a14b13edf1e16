"""The end of an experiment: every trial has a last word, and nobody and nothing is left behind."""

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.policies.fit_results import drop_all
from automl_operator.decisions.state.actions import (
    Action,
    Dismiss,
    DropLease,
    DropResult,
    DropSuggestions,
    StopRunner,
    WriteTrialStatus,
)
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import failure, state
from automl_operator.decisions.state.context import Context


def close_trials(situation: Context) -> list[Action]:
    """Stop the trials of an experiment that has failed, before its status says so."""
    verdict = failure(situation)
    if verdict is None or state(situation) != "Failed":
        return []
    actions: list[Action] = []
    for standing in situation.unfinished:
        words = f"The experiment has failed: {verdict.reason}."
        status = with_folds(standing).replace(state="Stopped", reason="ExperimentFailed", message=words)
        actions += [WriteTrialStatus(standing.trial.metadata.name, status), *drop_all(standing)]
    return actions


def clean_up(situation: Context) -> list[Action]:
    """Send everybody home once the end is recorded, and clear the desk."""
    if situation.status.state not in FINAL_STATES:
        return []
    desk = situation.desk
    return [
        *(Dismiss(uid) for uid in situation.sessions),
        *(StopRunner(runner.name, "the experiment has ended") for runner in situation.snapshot.runners),
        *(DropLease(lease.id) for lease in desk.leases),
        *(DropResult(handed.result.id) for handed in desk.handed),
        *([DropSuggestions()] if desk.suggestions else []),
    ]
