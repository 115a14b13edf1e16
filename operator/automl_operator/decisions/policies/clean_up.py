"""The cleanup after an experiment's end: every runner is stopped, and the broker's memory is cleared."""

from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.decisions.state.actions import Action, Dismiss, DropLease, DropResult, DropSuggestions, StopRunner
from automl_operator.decisions.state.context import Context


def clean_up(context: Context) -> list[Action]:
    """Dismiss and stop the runners once the end is recorded, and drop leases, results and suggestions."""
    if context.status.state not in FINAL_STATES:
        return []
    broker = context.broker
    return [
        *(Dismiss(uid) for uid in context.sessions),
        *(StopRunner(runner.name, "the experiment has ended") for runner in context.snapshot.runners),
        *(DropLease(lease.id) for lease in broker.leases),
        *(DropResult(pending.result.id) for pending in broker.pending_results),
        *([DropSuggestions()] if broker.suggestions else []),
    ]
