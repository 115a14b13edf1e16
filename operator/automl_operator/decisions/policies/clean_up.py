"""The end of an experiment: every trial has a last word, and nobody and nothing is left behind."""

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import failure, state
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
from automl_operator.decisions.state.context import Context


def close_trials(context: Context) -> list[Action]:
    """Stop the trials of an experiment that has failed, before its status says so."""
    verdict = failure(context)
    if verdict is None or state(context) != "Failed":
        return []
    actions: list[Action] = []
    for progress in context.unfinished:
        words = f"The experiment has failed: {verdict.reason}."
        status = with_folds(progress).replace(state="Stopped", reason="ExperimentFailed", message=words)
        actions += [WriteTrialStatus(progress.trial.metadata.name, status), *drop_all(progress)]
    return actions


def clean_up(context: Context) -> list[Action]:
    """Send everybody home once the end is recorded, and clear the desk."""
    if context.status.state not in FINAL_STATES:
        return []
    broker = context.broker
    return [
        *(Dismiss(uid) for uid in context.sessions),
        *(StopRunner(runner.name, "the experiment has ended") for runner in context.snapshot.runners),
        *(DropLease(lease.id) for lease in broker.leases),
        *(DropResult(pending.result.id) for pending in broker.pending_results),
        *([DropSuggestions()] if broker.suggestions else []),
    ]
