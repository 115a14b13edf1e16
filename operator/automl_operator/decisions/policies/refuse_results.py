"""The refusal of results for work that the runner was not given, before another policy reads them."""

from automl_operator.decisions.lifecycle.assigned_work import objection
from automl_operator.decisions.state.actions import Action, DropResult
from automl_operator.decisions.state.context import Context


def refuse_results(context: Context) -> list[Action]:
    """Drop every result that its runner was not entitled to report."""
    objections = ((pending, objection(context, pending)) for pending in context.broker.pending_results)
    return [DropResult(pending.result.id, why) for pending, why in objections if why]
