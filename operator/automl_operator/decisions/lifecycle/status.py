"""The experiment's status: recomputed from the children, written when it says something new."""

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter
from typing import Literal

from automl_api.resources import Condition, ExperimentStatus
from automl_api.resources.conditions import with_condition
from automl_api.resources.experiment_status import FINAL_STATES, State, TrialCounts, WorkStatus
from automl_operator.decisions.state.actions import Action, WriteExperimentStatus
from automl_operator.decisions.lifecycle.experiment_state import FailureVerdict, failure, state
from automl_operator.decisions.state.objects import moment
from automl_operator.decisions.facts.leaderboard import leaderboard
from automl_operator.decisions.lifecycle.conditions import (
    Statement,
    learner_statements,
    object_statements,
    runner_statements,
    store_statements,
    unwritten,
)
from automl_operator.decisions.lifecycle.experiment_state.search_end import SEARCHED, search_end
from automl_operator.decisions.state.context import Context, per_progress
from automl_operator.decisions.facts.store import full_condition

WRITE_SECONDS = 10.0
_MEANWHILE: dict[State, str] = {
    "Pending": "Waiting for a runner.",
    "Preparing": "The data is read, checked and encoded.",
    "Searching": "Configurations are tried.",
    "Finalizing": "The model is built from the best trials.",
    "Suspended": "The work is suspended; nothing finished is lost.",
}


def write_status(situation: Context) -> list[Action]:
    """Write the status: at once when something happened, else what merely counts on at most every WRITE_SECONDS."""
    headline = _headline(situation)
    due = situation.desk.status_written_at + WRITE_SECONDS <= situation.now
    if not (due or _urgent(situation.status, headline)):
        return []
    new = _with_figures(situation, headline)
    return [_write(situation, new)] if _differs(situation, new) else []


def write_unwritten(situation: Context) -> list[Action]:
    """Write what cannot be stored, of an experiment whose end cannot be recorded for that; nothing once it is."""
    status = situation.status
    if status.state in FINAL_STATES:
        return []
    for statement in unwritten(situation):
        status = status.replace(conditions=with_condition(status.conditions, _condition(situation, *statement)))
    new = _with_figures(situation, status)
    return [_write(situation, new)] if _differs(situation, new) else []


def write_pending(situation: Context) -> bool:
    """Whether there is something to write that is not urgent, or will be while there is work."""
    return bool(situation.desk.leases) or _differs(situation, current_status(situation))


def write_with(
    situation: Context,
    work: Mapping[Literal["prepare", "finalize"], WorkStatus] | None = None,
    *,
    failed: FailureVerdict | None = None,
    store_full: str | None = None,
) -> Action:
    """Write the status with something that only this action records."""
    status = situation.status.replace(**{str(kind): value for kind, value in (work or {}).items()})
    if status.started_at is None and status.prepare.attempts:
        status = status.replace(started_at=moment(situation.now))
    if store_full is not None:
        status = status.replace(conditions=with_condition(status.conditions, full_condition(situation, store_full)))
    situation = situation.after([WriteExperimentStatus(status)])
    return _write(situation, current_status(situation, failed))


def current_status(situation: Context, failed: FailureVerdict | None = None) -> ExperimentStatus:
    """The status as it should be now; one that is final only follows the spec's generation."""
    return _with_figures(situation, _headline(situation, failed))


def _headline(situation: Context, failed: FailureVerdict | None = None) -> ExperimentStatus:
    """The status but for what counts on with every trial, which many decisions need not know."""
    status = situation.status
    generation = situation.snapshot.experiment.metadata.generation
    if status.state in FINAL_STATES:
        return status.replace(observed_generation=generation)
    failed = failed or failure(situation)
    now_in: State = "Failed" if failed and situation.snapshot.model is None else state(situation)
    plan = situation.snapshot.plan
    model = situation.snapshot.model
    return status.replace(
        state=now_in,
        observed_generation=generation,
        active_seconds=max(status.active_seconds, situation.desk.active_seconds),
        completed_at=moment(situation.now) if now_in in FINAL_STATES else None,
        task=plan.spec.task if plan else "",
        metric=plan.spec.metric if plan else "",
        images=status.images or {pool.name: pool.image for pool in situation.snapshot.pools if pool.image},
        model=model.metadata.name if model else "",
        score=model.spec.score if model else None,
        conditions=_conditions(situation, now_in, failed),
    )


def _with_figures(situation: Context, headline: ExperimentStatus) -> ExperimentStatus:
    if situation.status.state in FINAL_STATES:
        return headline
    board = leaderboard(situation)
    return headline.replace(trials=_counts(situation), best=board[0] if board else None, leaderboard=tuple(board))


@per_progress
def _counts(situation: Context) -> TrialCounts:
    states = Counter(map(attrgetter("state"), situation.standings.values()))
    return TrialCounts(
        total=states.total(),
        running=states["Running"] + states["Paused"],
        succeeded=states["Succeeded"],
        stopped=states["Stopped"],
        infeasible=states["Infeasible"],
        failed=states["Failed"],
    )


def _conditions(situation: Context, now_in: State, failed: FailureVerdict | None) -> tuple[Condition, ...]:
    statements: list[Statement] = [_complete(situation, now_in)]
    if now_in == "Failed" and failed is not None:
        statements.append(("Failed", True, failed.reason, failed.message))
    plan = situation.snapshot.plan
    if plan is not None:
        statements.append(("Prepared", True, "PlanMade", f"{plan.spec.rows:,} rows, {plan.spec.columns:,} columns."))
        if now_in in ("Finalizing", "Complete") and (end := search_end(situation)) is not None:
            statements.append((SEARCHED, True, end.reason, end.message))
        statements += learner_statements(situation)
    conditions = situation.status.conditions
    statements += [*store_statements(situation), *runner_statements(situation), *object_statements(situation)]
    for type_, holds, reason, message in statements:
        conditions = with_condition(conditions, _condition(situation, type_, holds, reason, message))
    return conditions


def _complete(situation: Context, now_in: State) -> Statement:
    model = situation.snapshot.model
    if now_in == "Complete" and model is not None:
        return ("Complete", True, "ModelPublished", f"The model {model.metadata.name} is published.")
    return ("Complete", False, now_in, _MEANWHILE.get(now_in, "There is no model."))


def _condition(situation: Context, type_: str, holds: bool, reason: str, message: str) -> Condition:
    return Condition(
        type=type_,
        status="True" if holds else "False",
        reason=reason,
        message=message,
        observed_generation=situation.snapshot.experiment.metadata.generation,
        last_transition_time=moment(situation.now),
    )


def _differs(situation: Context, new: ExperimentStatus) -> bool:
    """Whether there is news; while nobody works the clock alone is none."""
    old = situation.status.replace(updated_at=new.updated_at)
    return new != (old if situation.desk.leases else old.replace(active_seconds=new.active_seconds))


def _urgent(old: ExperimentStatus, new: ExperimentStatus) -> bool:
    """Whether something happened. Of a condition the words alone may wait: a scheduler's change with every node."""
    names = ("state", "observed_generation", "model", "prepare", "finalize", "score", "task", "metric", "images")
    said = [[(c.type, c.status, c.reason) for c in status.conditions] for status in (old, new)]
    return said[0] != said[1] or any(getattr(old, name) != getattr(new, name) for name in names)


def _write(situation: Context, status: ExperimentStatus) -> WriteExperimentStatus:
    return WriteExperimentStatus(status.replace(updated_at=moment(situation.now)))
