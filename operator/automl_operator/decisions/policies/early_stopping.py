"""Early stopping: a trial's finished folds are compared with the same folds of all other trials."""

from automl_api import reasons
from automl_operator.decisions.facts.costs import stops_early
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import COMPARABLE, TrialProgress
from automl_operator.decisions.state.trial_transitions import stop
from automl_operator.stopping import stopper

_PLAIN = "plain"


def stop_hopeless_trials(context: Context) -> list[Action]:
    """Stop the trials that the experiment's stopper finds hopeless, and those that repeat another in vain."""
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
        if repetition := _repetition(context, progress):
            actions += stop(progress, reasons.SAME_AS_ANOTHER, repetition)
            continue
        others = tuple(curve for number, curve in curves.items() if number != index)
        verdict = algorithm.judge(curves[index], others)
        if verdict.stop:
            actions += stop(progress, verdict.reason, verdict.message)
    return actions


def _repetition(context: Context, progress: TrialProgress) -> str:
    """A sentence about the older trial that this one repeats in another view; empty where it repeats none.

    Where scores alone say so, half of the folds have to be the same: scores of few rows coincide.
    """
    others, mine = _older_in_other_views(context, progress), _results(progress)
    if all(fold.view_adds_nothing for fold in progress.folds.values()):
        for other in others:
            if other.trial.spec.configuration.view == _PLAIN:
                return f"Its view adds nothing to the plain columns, which {other.trial.metadata.name} has."
    if 2 * len(mine) < progress.total:
        return ""
    for other in others:
        if mine <= _results(other):
            return f"It has the same scores as {other.trial.metadata.name}, whose view differs: the view adds nothing."
    return ""


def _older_in_other_views(context: Context, progress: TrialProgress) -> list[TrialProgress]:
    """The older trials of the same learner and parameters whose scores count."""
    spec = progress.trial.spec
    return [
        other
        for other in context.trials_progress.values()
        if other.state in COMPARABLE
        and other.trial.spec.index < spec.index
        and other.trial.spec.configuration.replace(view=spec.configuration.view) == spec.configuration
    ]


def _results(progress: TrialProgress) -> set[tuple[int, float, int]]:
    return {(number, fold.score, fold.rounds) for number, fold in progress.folds.items()}
