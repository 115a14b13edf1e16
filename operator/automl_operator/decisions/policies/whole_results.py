"""The results of prepare and finalize, which become the plan and the model."""

from automl_api import reasons
from automl_operator.decisions.facts.held_writes import held_back
from automl_operator.decisions.facts.model_check import model_fault
from automl_operator.decisions.facts.plan_check import plan_fault
from automl_operator.decisions.lifecycle.whole_work import is_done, work_failed
from automl_operator.decisions.state.actions import Action, CreateModel, CreatePlan, DropResult
from automl_operator.decisions.state.attempt_failure import AttemptFailure
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import model_of, plan_of
from automl_operator.decisions.state.snapshot import PendingResult
from automl_operator.decisions.state.work_id import WholeWork, parse_work_id


def record_whole_results(context: Context) -> list[Action]:
    """Store the plan or the model that prepare or finalize has reported."""
    actions: list[Action] = []
    for pending in context.broker.pending_results:
        work_id = parse_work_id(pending.result.id)
        if work_id is None:
            actions.append(DropResult(pending.result.id))
        elif work_id.kind in ("prepare", "finalize") and not _waits(context, work_id.kind):
            actions += _recorded(context.after(actions), pending, work_id.kind)
            actions.append(DropResult(pending.result.id))
    return actions


def _recorded(context: Context, pending: PendingResult, kind: WholeWork) -> list[Action]:
    result, experiment = pending.result, context.snapshot.experiment
    if is_done(context, kind):
        return []
    if kind == "prepare" and result.plan is not None:
        if fault := plan_fault(result.plan, experiment.spec):
            return [work_failed(context, kind, AttemptFailure("program", reasons.PLAN_REFUSED, fault))]
        return [CreatePlan(plan_of(experiment, result.plan))]
    if kind == "finalize" and result.model is not None and context.snapshot.plan is not None:
        if fault := model_fault(context, result.model):
            return [work_failed(context, kind, AttemptFailure("program", reasons.MODEL_REFUSED, fault))]
        return [CreateModel(model_of(experiment, result.model, context.snapshot.store, context.now))]
    if result.outcome == "cancelled":
        return []
    if result.failure is None:
        return [
            work_failed(context, kind, AttemptFailure("program", reasons.NOTHING_HANDED_IN, "The result was empty."))
        ]
    failure = result.failure
    return [work_failed(context, kind, AttemptFailure(failure.failure_class, failure.reason, failure.message))]


def _waits(context: Context, kind: WholeWork) -> bool:
    """True when the plan or the model cannot be stored yet; its result is kept until it can."""
    return held_back(context, "plan" if kind == "prepare" else "model") and not is_done(context, kind)
