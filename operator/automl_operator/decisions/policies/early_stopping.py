"""Early stopping: a trial's finished folds are compared with the same folds of all other trials."""

from automl_operator.decisions.facts.costs import stops_early
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import COMPARABLE
from automl_operator.decisions.state.trial_transitions import stop
from automl_operator.stopping import stopper


def stop_hopeless_trials(context: Context) -> list[Action]:
    """Stop the trials that the experiment's stopper finds hopeless."""
    if context.snapshot.plan is None or not stops_early(context):
        return []
    at_work = [progress for progress in context.unfinished if progress.begun and not progress.complete]
    if not at_work:
        return []
    algorithm = stopper(context.spec.early_stopping.algorithm)
    curves = {
        index: progress.curve
        for index, progress in context.trials_progress.items()
        if progress.begun and progress.state in COMPARABLE
    }
    actions: list[Action] = []
    for progress in at_work:
        index = progress.trial.spec.index
        others = tuple(curve for number, curve in curves.items() if number != index)
        verdict = algorithm.judge(curves[index], others)
        if verdict.stop:
            actions += stop(progress, verdict.reason, verdict.message)
    return actions
