"""The end of a failed experiment's trials: they are stopped before the experiment's status says Failed."""

from automl_api import reasons
from automl_operator.decisions.lifecycle.experiment_state import failure, state
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_transitions import close


def close_trials(context: Context) -> list[Action]:
    """Stop every trial that has not ended, once the experiment has failed."""
    verdict = failure(context)
    if verdict is None or state(context) != "Failed":
        return []
    message = f"The experiment has failed: {verdict.reason}."
    return [action for progress in context.unfinished for action in close(progress, reasons.EXPERIMENT_FAILED, message)]
