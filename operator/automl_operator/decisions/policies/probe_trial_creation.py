"""Whether trials can be created again is found out without a runner: nobody waits, at a price, for a full quota."""

from automl_operator.decisions.state.actions import Action, CreateTrial
from automl_operator.decisions.facts.admission import learner_fits
from automl_operator.decisions.policies.end_search import spared_trial
from automl_operator.decisions.facts.held_writes import has_failed, held_back
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.state.objects import trial_of
from automl_operator.decisions.lifecycle.experiment_state.search_end import rescuing, search_end
from automl_operator.decisions.state.context import Context
from automl_operator.search.suggester import Suggestion


def probe_trial_creation(situation: Context) -> list[Action]:
    """Create the next trial for nobody, once it is time to try again and no slot has asked for one.

    Whoever comes goes on with it; only then runners are started again.
    """
    if state(situation) != "Searching" or not has_failed(situation, "trial") or held_back(situation, "trial"):
        return []
    suggestion = _next(situation)
    return [] if suggestion is None else [CreateTrial(trial_of(situation.snapshot.experiment, suggestion, holder=""))]


def _next(situation: Context) -> Suggestion | None:
    """The suggestion that comes next."""
    if rescuing(situation):
        return next(iter(situation.desk.suggestions), None) if spared_trial(situation) is None else None
    if search_end(situation) is not None:
        return None
    waiting = situation.desk.suggestions
    return next((s for s in waiting if learner_fits(situation, s.configuration.learner)), None)
