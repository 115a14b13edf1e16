"""The experiment's status: recomputed from trials and other objects, and written when it changes."""

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter

from automl_api import reasons
from automl_api.condition_types import COMPLETE, FAILED, PREPARED, SEARCHED
from automl_api.resources import Condition, ExperimentStatus
from automl_api.resources.conditions import with_condition
from automl_api.resources.experiment_status import FINAL_STATES, State, TrialCounts, WorkStatus
from automl_operator.decisions.facts.leaderboard import leaderboard
from automl_operator.decisions.facts.store import full_condition
from automl_operator.decisions.lifecycle.conditions import (
    Statement,
    learner_statements,
    object_statements,
    runner_statements,
    store_statements,
    test_statements,
    unwritten,
)
from automl_operator.decisions.lifecycle.experiment_state import FailureVerdict, failure, state
from automl_operator.decisions.lifecycle.search_end import search_end
from automl_operator.decisions.state.actions import Action, WriteExperimentStatus
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.state.objects import moment
from automl_operator.decisions.state.work_id import WholeWork

WRITE_SECONDS = 10.0
_MEANWHILE: dict[State, str] = {
    "Pending": "Waiting for a runner.",
    "Preparing": "The data is read, checked and encoded.",
    "Searching": "Configurations are tried.",
    "Finalizing": "The model is built from the best trials.",
    "Suspended": "The work is suspended; nothing finished is lost.",
}


def write_status(context: Context) -> list[Action]:
    """Write the status: at once after an event, else (when only figures grow) at most every WRITE_SECONDS."""
    headline = _headline(context)
    due = context.broker.status_written_at + WRITE_SECONDS <= context.now
    if not (due or _urgent(context.status, headline)):
        return []
    new = _with_figures(context, headline)
    return [_write(context, new)] if _differs(context, new) else []


def write_unwritten(context: Context) -> list[Action]:
    """Write the condition for objects that cannot be stored, for an experiment whose end cannot be recorded for now."""
    status = context.status
    if status.state in FINAL_STATES:
        return []
    for statement in unwritten(context):
        status = status.replace(conditions=with_condition(status.conditions, _condition(context, *statement)))
    new = _with_figures(context, status)
    return [_write(context, new)] if _differs(context, new) else []


def write_pending(context: Context) -> bool:
    """True when a write that is not urgent is due, or will be while there is work."""
    return bool(context.broker.leases) or _differs(context, current_status(context))


def write_with(
    context: Context,
    work: Mapping[WholeWork, WorkStatus] | None = None,
    *,
    failed: FailureVerdict | None = None,
    store_full: str | None = None,
) -> Action:
    """Write the status with facts that only this action records."""
    status = context.status.replace(**{str(kind): value for kind, value in (work or {}).items()})
    if status.started_at is None and status.prepare.attempts:
        status = status.replace(started_at=moment(context.now))
    if store_full is not None:
        status = status.replace(conditions=with_condition(status.conditions, full_condition(context, store_full)))
    context = context.after([WriteExperimentStatus(status)])
    return _write(context, current_status(context, failed))


def current_status(context: Context, failed: FailureVerdict | None = None) -> ExperimentStatus:
    """The status as it should be now. In a final status only the observed generation changes."""
    return _with_figures(context, _headline(context, failed))


def _headline(context: Context, failed: FailureVerdict | None = None) -> ExperimentStatus:
    """The status without the figures that change with every trial; many decisions do not need these."""
    status = context.status
    generation = context.snapshot.experiment.metadata.generation
    if status.state in FINAL_STATES:
        return status.replace(observed_generation=generation)
    failed = failed or failure(context)
    now_in: State = "Failed" if failed and context.snapshot.model is None else state(context)
    plan = context.snapshot.plan
    model = context.snapshot.model
    return status.replace(
        state=now_in,
        observed_generation=generation,
        active_seconds=max(status.active_seconds, context.broker.active_seconds),
        completed_at=moment(context.now) if now_in in FINAL_STATES else None,
        task=plan.spec.task if plan else "",
        metric=plan.spec.metric if plan else "",
        images=status.images or {pool.name: pool.image for pool in context.snapshot.pools if pool.image},
        model=model.metadata.name if model else "",
        score=model.spec.score if model else None,
        test_score=model.spec.test_score if model else None,
        conditions=_conditions(context, now_in, failed),
    )


def _with_figures(context: Context, headline: ExperimentStatus) -> ExperimentStatus:
    if context.status.state in FINAL_STATES:
        return headline
    board = leaderboard(context)
    return headline.replace(trials=_counts(context), best=board[0] if board else None, leaderboard=tuple(board))


@per_progress
def _counts(context: Context) -> TrialCounts:
    states = Counter(map(attrgetter("state"), context.trials_progress.values()))
    return TrialCounts(
        total=states.total(),
        running=states["Running"] + states["Paused"],
        succeeded=states["Succeeded"],
        stopped=states["Stopped"],
        infeasible=states["Infeasible"],
        failed=states["Failed"],
    )


def _conditions(context: Context, now_in: State, failed: FailureVerdict | None) -> tuple[Condition, ...]:
    statements: list[Statement] = [_complete(context, now_in)]
    if now_in == "Failed" and failed is not None:
        statements.append((FAILED, True, failed.reason, failed.message))
    plan = context.snapshot.plan
    if plan is not None:
        statements.append(
            (PREPARED, True, reasons.PLAN_MADE, f"{plan.spec.rows:,} rows, {plan.spec.columns:,} columns.")
        )
        if now_in in ("Finalizing", "Complete") and (end := search_end(context)) is not None:
            statements.append((SEARCHED, True, end.reason, end.message))
        statements += [*learner_statements(context), *test_statements(context)]
    conditions = context.status.conditions
    statements += [*store_statements(context), *runner_statements(context), *object_statements(context)]
    for type_, holds, reason, message in statements:
        conditions = with_condition(conditions, _condition(context, type_, holds, reason, message))
    return conditions


def _complete(context: Context, now_in: State) -> Statement:
    model = context.snapshot.model
    if now_in == "Complete" and model is not None:
        return (COMPLETE, True, reasons.MODEL_PUBLISHED, f"The model {model.metadata.name} is published.")
    return (COMPLETE, False, now_in, _MEANWHILE.get(now_in, "There is no model."))


def _condition(context: Context, type_: str, holds: bool, reason: str, message: str) -> Condition:
    return Condition(
        type=type_,
        status="True" if holds else "False",
        reason=reason,
        message=message,
        observed_generation=context.snapshot.experiment.metadata.generation,
        last_transition_time=moment(context.now),
    )


def _differs(context: Context, new: ExperimentStatus) -> bool:
    """True when the status has changed. While no lease exists, the passing of time does not count."""
    old = context.status.replace(updated_at=new.updated_at)
    return new != (old if context.broker.leases else old.replace(active_seconds=new.active_seconds))


def _urgent(old: ExperimentStatus, new: ExperimentStatus) -> bool:
    """True when an event happened.

    A changed message alone does not count, because the scheduler's message changes often.
    """
    names = ("state", "observed_generation", "model", "prepare", "finalize", "score", "task", "metric", "images")
    conditions = [[(c.type, c.status, c.reason) for c in status.conditions] for status in (old, new)]
    return conditions[0] != conditions[1] or any(getattr(old, name) != getattr(new, name) for name in names)


def _write(context: Context, status: ExperimentStatus) -> WriteExperimentStatus:
    return WriteExperimentStatus(status.replace(updated_at=moment(context.now)))
