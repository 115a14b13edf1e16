"""The end of trials that no runner can go on with; otherwise they would wait for ever."""

from automl_api import reasons
from automl_operator.decisions.facts.learners import without_runner
from automl_operator.decisions.facts.slots import may_be_at_work
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_transitions import give_up


def end_unrunnable(context: Context) -> list[Action]:
    """End the unfinished trials of learners that no runner can train. Their finished folds count."""
    if state(context) != "Searching":
        return []
    missing = without_runner(context)
    actions: list[Action] = []
    for progress in context.unfinished:
        if progress.learner in missing and not (progress.leases or may_be_at_work(context, progress)):
            actions += give_up(
                progress, reasons.NO_RUNNER, f"{progress.learner} cannot be trained: {missing[progress.learner]}"
            )
    return actions
