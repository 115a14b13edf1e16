"""The end of the search: what is at work is ended, and every trial gets its last word."""

from automl_operator.decisions.facts.budget import usable
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.search_end import SearchEnd, rescued, rescuing, search_end
from automl_operator.decisions.policies.fit_results import cancel_all, drop_all, wanted_leases
from automl_operator.decisions.state.actions import Action, DropSuggestions, WriteTrialStatus
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import TrialProgress

_TRIAL_REASON = {"TimeSpent": "BudgetSpent"}


def end_search(context: Context) -> list[Action]:
    """Cancel what is cut, and write the trials that will not go on."""
    if context.snapshot.plan is None or state(context) not in ("Searching", "Finalizing"):
        return []
    end = search_end(context)
    if end is None or not end.cut:
        return []
    actions: list[Action] = []
    spared = spared_trial(context)
    for progress in context.unfinished:
        if progress is not spared:
            actions += _cut(context, progress, end)
    if context.broker.suggestions and not rescuing(context):
        actions.append(DropSuggestions())
    return actions


def spared_trial(context: Context) -> TrialProgress | None:
    """The trial that is trained though the time is spent, because there is nothing else to make a model of."""
    if not rescuing(context):
        return None
    return rescued(context) or next(iter(context.unfinished), None)


def _cut(context: Context, progress: TrialProgress, end: SearchEnd) -> list[Action]:
    if progress.leases:
        return [
            action
            for action, lease in zip(cancel_all(progress), wanted_leases(progress), strict=True)
            if not _may_end(context, lease, end)
        ]
    if is_held(context, progress):
        return []
    reason = _TRIAL_REASON.get(end.reason, end.reason)
    status = with_folds(progress).replace(state="Stopped", reason=reason, message=end.message)
    return [WriteTrialStatus(progress.trial.metadata.name, status), *drop_all(progress)]


def _may_end(context: Context, lease: Lease, end: SearchEnd) -> bool:
    """Work that was leased without an end is what the model depends on; of adopted work this is not known."""
    if end.reason != "TimeSpent":
        return False
    return lease.assignment.ends_in_seconds is None if lease.assignment else not usable(context)


def is_held(context: Context, progress: TrialProgress) -> bool:
    """Whether a runner that was not heard of since the restart may still be at work on a trial.

    Any such runner may: only one holder is recorded, and ranges of a trial may be with several.
    """
    return progress.trial.status.state == "Running" and bool(context.silent)
