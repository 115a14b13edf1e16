"""Work for free slots: prepare first, then fits, then refits, finalize last. Durable writes precede each grant."""

from automl_api.names import model_name
from automl_api.protocol import Assignment, Candidate, FinalizeWork, PrepareWork
from automl_operator.decisions.facts.budget import budget_seconds
from automl_operator.decisions.facts.costs import work_timeout_seconds
from automl_operator.decisions.facts.leaderboard import comparable, scored_trials
from automl_operator.decisions.facts.slots import free_sessions, has_most_memory, room
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.refits import is_refitted, refits_to_come
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.lifecycle.whole_work import has_pending_result, work_status
from automl_operator.decisions.policies.assign_fits import next_fit
from automl_operator.decisions.policies.assign_refits import assign_refits
from automl_operator.decisions.state.actions import Action, Grant
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.work_id import WholeWork, whole_work_id


def assign(context: Context) -> list[Action]:
    """Grant all the work that free slots can take now."""
    match state(context):
        case "Pending" | "Preparing":
            return _whole(context, "prepare")
        case "Finalizing":
            return assign_refits(context) if refits_to_come(context) else _whole(context, "finalize")
        case "Searching":
            return _fits(context)
        case _:
            return []


def _fits(context: Context) -> list[Action]:
    actions: list[Action] = []
    while more := next_fit(context):
        actions += more
        context = context.after(more)
    return actions


def _whole(context: Context, kind: WholeWork) -> list[Action]:
    """Grant prepare or finalize, to one runner at a time. Holder and attempt are recorded before the grant."""
    work = work_status(context, kind)
    sessions = free_sessions(context)
    if work.resource_failures:
        sessions = [session for session in sessions if has_most_memory(context, session)]
    if not sessions or room(context) <= 0 or context.broker.leases or _is_held(context, kind):
        return []
    if has_pending_result(context, kind):
        return []
    # Accelerators stay free for the learners that need them, where there is a choice.
    session = max(sessions, key=lambda free: (not free.announcement.accelerator, free.announcement.memory_bytes))
    leased = work.replace(holder=session.uid, attempts=work.attempts + 1)
    write = write_with(context, {kind: leased})
    return [write, Grant(session.uid, _assignment(context, kind, leased.attempts))]


def _is_held(context: Context, kind: WholeWork) -> bool:
    """True when the recorded holder may still be at work: it runs and has not been heard from since the restart."""
    holder = work_status(context, kind).holder
    return any(runner.uid == holder for runner in context.unheard)


def _assignment(context: Context, kind: WholeWork, attempt: int) -> Assignment:
    experiment = context.snapshot.experiment
    return Assignment(
        id=whole_work_id(kind, attempt),
        attempt=attempt,
        experiment=experiment.metadata.name,
        uid=experiment.metadata.uid,
        store=context.snapshot.store,
        kind=kind,
        prepare=PrepareWork(spec=context.spec) if kind == "prepare" else None,
        finalize=_finalize_work(context) if kind == "finalize" else None,
        timeout_seconds=work_timeout_seconds(budget_seconds(context)),
    )


def _finalize_work(context: Context) -> FinalizeWork:
    meta = context.snapshot.experiment.metadata
    return FinalizeWork(
        prepared=context.plan.prepared,
        candidates=candidates(context),
        model=model_name(meta.name, meta.uid),
        spec=context.spec,
    )


def candidates(context: Context) -> tuple[Candidate, ...]:
    """The trials that the model may be made of: those with every fold, else the comparable ones with the most folds."""
    return tuple(
        Candidate(
            trial=scored.trial.metadata.name,
            configuration=scored.trial.spec.configuration,
            folds=scored.folds,
            refit=is_refitted(context.trials_progress[scored.trial.spec.index]),
        )
        for scored in comparable(scored_trials(context))
    )
