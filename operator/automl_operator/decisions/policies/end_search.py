"""The end of the search: what is at work is ended, and every trial gets its last word."""

from automl_operator.decisions.policies.fit_results import cancel_all, drop_all, wanted_leases
from automl_operator.decisions.state.actions import Action, DropSuggestions, WriteTrialStatus
from automl_operator.decisions.facts.budget import usable
from automl_operator.decisions.facts.retry import with_folds
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.experiment_state.search_end import SearchEnd, rescued, rescuing, search_end
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.snapshot import Lease
from automl_operator.decisions.state.trial_progress import TrialProgress

_TRIAL_REASON = {"TimeSpent": "BudgetSpent"}


def end_search(situation: Context) -> list[Action]:
    """Cancel what is cut, and write the trials that will not go on."""
    if situation.snapshot.plan is None or state(situation) not in ("Searching", "Finalizing"):
        return []
    end = search_end(situation)
    if end is None or not end.cut:
        return []
    actions: list[Action] = []
    spared = spared_trial(situation)
    for standing in situation.unfinished:
        if standing is not spared:
            actions += _cut(situation, standing, end)
    if situation.desk.suggestions and not rescuing(situation):
        actions.append(DropSuggestions())
    return actions


def spared_trial(situation: Context) -> TrialProgress | None:
    """The trial that is trained though the time is spent, because there is nothing else to make a model of."""
    if not rescuing(situation):
        return None
    return rescued(situation) or next(iter(situation.unfinished), None)


def _cut(situation: Context, standing: TrialProgress, end: SearchEnd) -> list[Action]:
    if standing.leases:
        return [
            action
            for action, lease in zip(cancel_all(standing), wanted_leases(standing), strict=True)
            if not _may_end(situation, lease, end)
        ]
    if is_held(situation, standing):
        return []
    reason = _TRIAL_REASON.get(end.reason, end.reason)
    status = with_folds(standing).replace(state="Stopped", reason=reason, message=end.message)
    return [WriteTrialStatus(standing.trial.metadata.name, status), *drop_all(standing)]


def _may_end(situation: Context, lease: Lease, end: SearchEnd) -> bool:
    """Work that was leased without an end is what the model depends on; of adopted work this is not known."""
    if end.reason != "TimeSpent":
        return False
    return lease.assignment.ends_in_seconds is None if lease.assignment else not usable(situation)


def is_held(situation: Context, standing: TrialProgress) -> bool:
    """Whether a runner that was not heard of since the restart may still be at work on a trial.

    Any such runner may: only one holder is recorded, and ranges of a trial may be with several.
    """
    return standing.trial.status.state == "Running" and bool(situation.silent)
