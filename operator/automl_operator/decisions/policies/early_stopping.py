"""Early stopping: a trial's finished folds are compared with the same folds of all other trials."""

from automl_api import reasons
from automl_operator.decisions.facts.costs import stops_early
from automl_operator.decisions.state.actions import Action
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_progress import COMPARABLE, TrialProgress
from automl_operator.decisions.state.trial_transitions import stop
from automl_operator.stopping import stopper


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
        if (same := _same_as(context, progress)) is not None:
            message = (
                f"It has the same scores as {same.trial.metadata.name}, whose view differs: the view adds nothing."
            )
            actions += stop(progress, reasons.SAME_AS_ANOTHER, message)
            continue
        others = tuple(curve for number, curve in curves.items() if number != index)
        verdict = algorithm.judge(curves[index], others)
        if verdict.stop:
            actions += stop(progress, verdict.reason, verdict.message)
    return actions


def _same_as(context: Context, progress: TrialProgress) -> TrialProgress | None:
    """The older trial of the same learner and parameters in another view that has exactly the same results, or None.

    Half of the folds have to be the same: a view may add nothing in one fold, and scores of few rows coincide.
    """
    spec, mine = progress.trial.spec, _results(progress)
    if 2 * len(mine) < progress.total:
        return None
    for other in context.trials_progress.values():
        theirs = other.trial.spec
        if (
            theirs.index < spec.index
            and theirs.configuration.replace(view=spec.configuration.view) == spec.configuration
            and mine <= _results(other)
        ):
            return other
    return None


def _results(progress: TrialProgress) -> set[tuple[int, float, int]]:
    return {(number, fold.score, fold.rounds) for number, fold in progress.folds.items()}
