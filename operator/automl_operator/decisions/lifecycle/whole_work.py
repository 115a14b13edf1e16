"""What comes of prepare and finalize: the plan, the model, another try, or the end of the experiment."""

from typing import Literal

from automl_api.resources.experiment_status import WorkStatus
from automl_api.resources.trial import FailureClass
from automl_operator.decisions.facts.held_writes import held_back
from automl_operator.decisions.facts.model_check import MODEL_REFUSED, model_fault
from automl_operator.decisions.facts.plan_check import PLAN_REFUSED, plan_fault
from automl_operator.decisions.facts.retry import (
    MAX_WORK_FAILURES,
    MESSAGE,
    SILENT,
    STORE_FULL,
    TIMEOUT,
    AttemptFailure,
)
from automl_operator.decisions.lifecycle.experiment_state import FailureVerdict
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.state.actions import Action, CreateModel, CreatePlan, DropResult
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import model_of, plan_of
from automl_operator.decisions.state.snapshot import PendingResult
from automl_operator.decisions.state.work_id import parse_work_id

WholeWork = Literal["prepare", "finalize"]
KINDS: tuple[WholeWork, ...] = ("prepare", "finalize")
_TRIES: dict[FailureClass, int] = {
    "infrastructure": MAX_WORK_FAILURES,
    "resources": MAX_WORK_FAILURES,
    "configuration": 0,
    "program": 0,
}
"""How often work is tried again after a failure of a class."""


def record_whole_results(context: Context) -> list[Action]:
    """Store what prepare and finalize have handed in."""
    actions: list[Action] = []
    for pending in context.broker.pending_results:
        work_id = parse_work_id(pending.result.id)
        if work_id is None:
            actions.append(DropResult(pending.result.id))
        elif work_id.kind in ("prepare", "finalize") and not _waits(context, work_id.kind):
            actions += _absorbed(context.after(actions), pending, work_id.kind)
            actions.append(DropResult(pending.result.id))
    return actions


def _absorbed(context: Context, pending: PendingResult, kind: WholeWork) -> list[Action]:
    result, experiment = pending.result, context.snapshot.experiment
    if is_done(context, kind):
        return []
    if kind == "prepare" and result.plan is not None:
        if fault := plan_fault(result.plan, experiment.spec):
            return [work_failed(context, kind, AttemptFailure("program", PLAN_REFUSED, fault))]
        return [CreatePlan(plan_of(experiment, result.plan))]
    if kind == "finalize" and result.model is not None and context.snapshot.plan is not None:
        if fault := model_fault(context, result.model):
            return [work_failed(context, kind, AttemptFailure("program", MODEL_REFUSED, fault))]
        return [CreateModel(model_of(experiment, result.model, context.snapshot.store, context.now))]
    if result.outcome == "cancelled":
        return []
    if result.failure is None:
        return [work_failed(context, kind, AttemptFailure("program", "NothingHandedIn", "The result was empty."))]
    failure = result.failure
    return [work_failed(context, kind, AttemptFailure(failure.failure_class, failure.reason, failure.message))]


def _waits(context: Context, kind: WholeWork) -> bool:
    """Whether what comes of the work cannot be stored yet: it is kept until it can."""
    return held_back(context, "plan" if kind == "prepare" else "model") and not is_done(context, kind)


def has_pending_result(context: Context, kind: WholeWork) -> bool:
    """Whether a result of the work waits to be stored: nobody need do it again."""
    work_ids = (parse_work_id(pending.result.id) for pending in context.broker.pending_results)
    return any(work_id is not None and work_id.kind == kind for work_id in work_ids)


def is_done(context: Context, kind: WholeWork) -> bool:
    """Whether there is the plan, or the model, already."""
    return (context.snapshot.plan if kind == "prepare" else context.snapshot.model) is not None


def work_status(context: Context, kind: WholeWork) -> WorkStatus:
    """Who holds the work, and how often it was tried."""
    return context.status.prepare if kind == "prepare" else context.status.finalize


def work_failed(context: Context, kind: WholeWork, failure: AttemptFailure) -> Action:
    """Record a failure of prepare or finalize: it is tried again, or the experiment has failed.

    What took too long may have hung for a reason that has passed, so it is tried once more. A runner that is only silent
    stays the holder until there is another one: should it speak again before, its work counts.
    """
    work = work_status(context, kind)
    message = f"{failure.reason}: {failure.message}"[:MESSAGE]
    if failure.reason == STORE_FULL:
        again = work.replace(holder="", message=message)
        return write_with(context, {kind: again}, store_full=failure.message)
    short = work.resource_failures + (failure.failure_class == "resources")
    holder = work.holder if failure.reason == SILENT else ""
    counted = work.replace(holder=holder, failures=work.failures + 1, resource_failures=short, message=message)
    most = 1 if failure.reason == TIMEOUT else _TRIES[failure.failure_class]
    failed = FailureVerdict(failure.reason, f"{kind}: {failure.message}") if counted.failures > most else None
    return write_with(context, {kind: counted}, failed=failed)
