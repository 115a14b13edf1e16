"""The test whether trials can be created again. It needs no runner, so no paid runner waits for a full quota."""

from automl_operator.decisions.facts.admission import finishes_in_time
from automl_operator.decisions.facts.held_writes import has_failed, held_back
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.search_end import in_last_resort, last_resort_trial, search_end
from automl_operator.decisions.state.actions import Action, CreateTrial
from automl_operator.decisions.state.context import Context
from automl_operator.decisions.state.objects import trial_of
from automl_operator.search.suggester import Suggestion


def probe_trial_creation(context: Context) -> list[Action]:
    """Create the next trial without a holder, once a retry is due and no slot has created one.

    The next runner takes the trial; only then further runners start.
    """
    if state(context) != "Searching" or not has_failed(context, "trial") or held_back(context, "trial"):
        return []
    suggestion = _next(context)
    return [] if suggestion is None else [CreateTrial(trial_of(context.snapshot.experiment, suggestion, holder=""))]


def _next(context: Context) -> Suggestion | None:
    """The suggestion that becomes the next trial."""
    if in_last_resort(context):
        return next(iter(context.broker.suggestions), None) if last_resort_trial(context) is None else None
    if search_end(context) is not None:
        return None
    waiting = context.broker.suggestions
    return next((s for s in waiting if finishes_in_time(context, s.configuration)), None)
