"""The end of the search: work under way is cancelled, and every trial gets its final status."""

from automl_api import reasons
from automl_operator.decisions.facts.budget import usable
from automl_operator.decisions.facts.slots import may_be_at_work
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.search_end import SearchEnd, in_last_resort, last_resort_trial, search_end
from automl_operator.decisions.state.actions import Action, Cancel, DropSuggestions
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import TrialProgress
from automl_operator.decisions.state.trial_transitions import stop, wanted_leases

_TRIAL_REASON = {reasons.TIME_SPENT: reasons.BUDGET_SPENT}


def end_search(context: Context) -> list[Action]:
    """Cancel the work that the end cuts, and stop the trials that will not go on."""
    if context.snapshot.plan is None or state(context) not in ("Searching", "Finalizing"):
        return []
    end = search_end(context)
    if end is None or not end.cut:
        return []
    actions: list[Action] = []
    last_resort = last_resort_trial(context)
    for progress in context.unfinished:
        if progress is not last_resort:
            actions += _cut(context, progress, end)
    if context.broker.suggestions and not in_last_resort(context):
        actions.append(DropSuggestions())
    return actions


def _cut(context: Context, progress: TrialProgress, end: SearchEnd) -> list[Action]:
    if progress.leases:
        return [Cancel(lease.id) for lease in wanted_leases(progress) if not _may_end(context, lease, end)]
    if may_be_at_work(context, progress):
        return []
    return stop(progress, _TRIAL_REASON.get(end.reason, end.reason), end.message)


def _may_end(context: Context, lease: Lease, end: SearchEnd) -> bool:
    """True when the model depends on this work: it was leased without a limit, or is adopted and may have been."""
    if end.reason != reasons.TIME_SPENT:
        return False
    return lease.assignment.ends_in_seconds is None if lease.assignment else not usable(context)
