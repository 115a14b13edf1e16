"""Trials that no runner can go on with get their last word, instead of being waited for without end."""

from automl_operator.decisions.facts.learners import without_runner
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.policies.end_search import is_held
from automl_operator.decisions.policies.fit_results import drop_all
from automl_operator.decisions.state.actions import Action, WriteTrialStatus
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import TrialProgress


def end_unrunnable(context: Context) -> list[Action]:
    """End the unfinished trials of learners that no runner can train; what is finished of them counts."""
    if state(context) != "Searching":
        return []
    reasons = without_runner(context)
    actions: list[Action] = []
    for progress in context.unfinished:
        if progress.learner in reasons and not (progress.leases or is_held(context, progress)):
            actions += _ended(progress, reasons[progress.learner])
    return actions


def _ended(progress: TrialProgress, why: str) -> list[Action]:
    status = with_folds(progress).replace(
        state="Stopped" if progress.begun else "Infeasible",
        reason="NoRunner",
        message=f"{progress.learner} cannot be trained: {why}",
    )
    return [WriteTrialStatus(progress.trial.metadata.name, status), *drop_all(progress)]
