"""What the free slots are given: prepare first, then fits, then refits, finalize last. Durable writes come before each grant."""

from automl_api.names import model_name
from automl_api.protocol import Assignment, Candidate, FinalizeWork, PrepareWork
from automl_operator.decisions.state.actions import Action, Grant
from automl_operator.decisions.facts.budget import budget_seconds
from automl_operator.decisions.facts.costs import work_timeout_seconds
from automl_operator.decisions.policies.assign_fits import next_fit
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.work_id import whole_work_id
from automl_operator.decisions.facts.leaderboard import comparable, stored
from automl_operator.decisions.lifecycle.refits import lease_refits, refits_to_come
from automl_operator.decisions.facts.slots import free_sessions, has_most_memory, room
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.lifecycle.whole_work import WholeWork, is_handed_in, work_status


def assign(situation: Context) -> list[Action]:
    """Everything that can be given to free slots now."""
    match state(situation):
        case "Pending" | "Preparing":
            return _whole(situation, "prepare")
        case "Finalizing":
            return lease_refits(situation) if refits_to_come(situation) else _whole(situation, "finalize")
        case "Searching":
            return _fits(situation)
        case _:
            return []


def _fits(situation: Context) -> list[Action]:
    actions: list[Action] = []
    while more := next_fit(situation):
        actions += more
        situation = situation.after(more)
    return actions


def _whole(situation: Context, kind: WholeWork) -> list[Action]:
    """Lease prepare or finalize, which exist once: holder and attempts are recorded before the grant."""
    work = work_status(situation, kind)
    sessions = free_sessions(situation)
    if work.resource_failures:
        sessions = [session for session in sessions if has_most_memory(situation, session)]
    if not sessions or room(situation) <= 0 or situation.desk.leases or _is_held(situation, kind):
        return []
    if is_handed_in(situation, kind):
        return []
    # Accelerators are left to the learners that need them, as far as there is a choice.
    session = max(sessions, key=lambda free: (not free.announcement.accelerator, free.announcement.memory_bytes))
    leased = work.replace(holder=session.uid, attempts=work.attempts + 1)
    write = write_with(situation, {kind: leased})
    return [write, Grant(session.uid, _assignment(situation, kind, leased.attempts))]


def _is_held(situation: Context, kind: WholeWork) -> bool:
    """Whether the recorded holder may still be at work: it lives, and has not spoken since the restart."""
    holder = work_status(situation, kind).holder
    early = situation.now < situation.desk.introduced_by
    return early and any(runner.uid == holder for runner in situation.silent)


def _assignment(situation: Context, kind: WholeWork, attempt: int) -> Assignment:
    experiment = situation.snapshot.experiment
    return Assignment(
        id=whole_work_id(kind, attempt),
        attempt=attempt,
        experiment=experiment.metadata.name,
        uid=experiment.metadata.uid,
        store=situation.snapshot.store,
        kind=kind,
        prepare=PrepareWork(spec=situation.spec) if kind == "prepare" else None,
        finalize=_finalize_work(situation) if kind == "finalize" else None,
        timeout_seconds=work_timeout_seconds(budget_seconds(situation)),
    )


def _finalize_work(situation: Context) -> FinalizeWork:
    meta = situation.snapshot.experiment.metadata
    return FinalizeWork(
        prepared=situation.plan.prepared,
        candidates=candidates(situation),
        model=model_name(meta.name, meta.uid),
        spec=situation.spec,
    )


def candidates(situation: Context) -> tuple[Candidate, ...]:
    """What the model may be made of: trials with every fold, else those with the most folds that are comparable."""
    return tuple(
        Candidate(
            trial=entrant.trial.metadata.name,
            configuration=entrant.trial.spec.configuration,
            folds=entrant.folds,
            refit=entrant.trial.status.refit is not None and entrant.trial.status.refit.result is not None,
        )
        for entrant in comparable(stored(situation))
    )
