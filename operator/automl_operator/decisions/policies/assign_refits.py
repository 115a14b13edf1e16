"""The grants of refits to free slots, the best trial first."""

from automl_api.protocol import Assignment, RefitWork
from automl_operator.decisions.facts.costs import timeout_seconds
from automl_operator.decisions.facts.refit_choice import refit_seconds, refit_share
from automl_operator.decisions.facts.slots import free_sessions, room
from automl_operator.decisions.lifecycle.refit_runners import is_able
from automl_operator.decisions.lifecycle.refits import open_refits, refit_seconds_left, refit_status
from automl_operator.decisions.state.actions import Action, Grant
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import seed_of
from automl_operator.decisions.state.snapshot import RunnerSession
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.work_id import refit_id


def assign_refits(context: Context) -> list[Action]:
    """Grant all the refits that free slots can take now. No write precedes them: only ended refits are recorded."""
    actions: list[Action] = []
    while more := _next(context):
        actions += more
        context = context.after(more)
    return actions


def _next(context: Context) -> list[Action]:
    if room(context) <= 0 or context.unheard:
        return []
    for progress in open_refits(context):
        for session in free_sessions(context):
            if is_able(context, session, progress):
                return [_grant(context, session, progress)]
    return []


def _grant(context: Context, session: RunnerSession, progress: TrialProgress) -> Grant:
    experiment, trial = context.snapshot.experiment.metadata, progress.trial
    index, attempt = trial.spec.index, refit_status(progress).failures + 1
    left = refit_seconds_left(context)
    work = RefitWork(
        trial=trial.metadata.name,
        configuration=trial.spec.configuration,
        folds=tuple(progress.folds),
        prepared=context.plan.prepared,
        seed=seed_of(context.spec, index),
        share=refit_share(context, progress, left),
    )
    assignment = Assignment(
        id=refit_id(index, attempt, context.now),
        attempt=attempt,
        experiment=experiment.name,
        uid=experiment.uid,
        store=context.snapshot.store,
        kind="refit",
        refit=work,
        ends_in_seconds=left,
        timeout_seconds=timeout_seconds(work.share * refit_seconds(context, progress), last_resort=False),
    )
    return Grant(session.uid, assignment)
