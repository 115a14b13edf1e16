"""Trials that no runner can go on with get their last word, instead of being waited for without end."""

from automl_operator.decisions.policies.fit_results import drop_all
from automl_operator.decisions.state.actions import Action, WriteTrialStatus
from automl_operator.decisions.policies.end_search import is_held
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.facts.learners import without_runner
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import TrialProgress


def end_unrunnable(situation: Context) -> list[Action]:
    """End the unfinished trials of learners that no runner can train; what is finished of them counts."""
    if state(situation) != "Searching":
        return []
    reasons = without_runner(situation)
    actions: list[Action] = []
    for standing in situation.unfinished:
        if standing.learner in reasons and not (standing.leases or is_held(situation, standing)):
            actions += _ended(standing, reasons[standing.learner])
    return actions


def _ended(standing: TrialProgress, why: str) -> list[Action]:
    status = with_folds(standing).replace(
        state="Stopped" if standing.begun else "Infeasible",
        reason="NoRunner",
        message=f"{standing.learner} cannot be trained: {why}",
    )
    return [WriteTrialStatus(standing.trial.metadata.name, status), *drop_all(standing)]
