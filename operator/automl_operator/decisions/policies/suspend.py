"""Suspension: no runner works, and all finished work is stored."""

from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.status import write_with
from automl_operator.decisions.lifecycle.whole_work import KINDS, has_pending_result, work_status
from automl_operator.decisions.state.actions import Action, DropLease, DropSuggestions, StopRunner
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.trial_transitions import suspend


def suspend_work(context: Context) -> list[Action]:
    """Store the finished folds, drop the leases, and stop the runners."""
    if state(context) != "Suspended":
        return []
    actions: list[Action] = []
    for progress in context.unfinished:
        actions += suspend(progress)
    actions += _release_whole_work(context.after(actions))
    actions += [DropLease(lease.id) for lease in context.broker.leases]
    if context.broker.suggestions:
        actions.append(DropSuggestions())
    return actions + [StopRunner(runner.name, "the experiment is suspended") for runner in context.snapshot.runners]


def _release_whole_work(context: Context) -> list[Action]:
    """Clear the holders of prepare and finalize, so that both can be leased at once when the work goes on.

    A holder whose result cannot be stored yet stays, because the result counts only from its holder.
    """
    held = {kind: work_status(context, kind) for kind in KINDS}
    changes = {
        kind: work.replace(holder="")
        for kind, work in held.items()
        if work.holder and not has_pending_result(context, kind)
    }
    return [write_with(context, changes)] if changes else []
