"""One suggestion waits for every slot, so that no slot ever waits for the search."""

from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.state.actions import Action, DropSuggestions, Suggest
from automl_operator.decisions.facts.admission import affordable_learners
from automl_operator.decisions.facts.learners import out_of_reach, worth_trying
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.experiment_state.search_end import no_more_trials, rescuing, search_end
from automl_operator.decisions.state.context import Context
from automl_operator.search.suggester import Observation, SuggestRequest


def request_suggestions(situation: Context) -> list[Action]:
    """Drop waiting suggestions that will not be tried, and ask for as many as slots lack one."""
    actions: list[Action] = []
    if _stale(situation):
        actions.append(DropSuggestions())
        situation = situation.after(actions)
    if situation.desk.suggesting or situation.desk.exhausted or situation.desk.search_failure:
        return actions
    beyond = out_of_reach(situation)
    learners = tuple(learner for learner in _learners(situation) if learner.name not in beyond)
    missing = _wanted(situation) - sum(s.configuration.learner not in beyond for s in situation.desk.suggestions)
    if learners and missing > 0:
        actions.append(Suggest(_request(situation, learners, missing)))
    return actions


def _learners(situation: Context) -> tuple[LearnerPlan, ...]:
    """The learners that a new trial may have now."""
    if state(situation) != "Searching" or no_more_trials(situation) is not None:
        return ()
    if rescuing(situation):
        return worth_trying(situation)
    return () if search_end(situation) is not None else affordable_learners(situation)


def _stale(situation: Context) -> bool:
    """Whether a waiting suggestion has been tried already, or its learner is out of the question now."""
    if not situation.desk.suggestions:
        return False
    if situation.snapshot.plan is None or state(situation) in ("Finalizing", "Complete", "Failed"):
        return True
    tried = {standing.configuration for standing in situation.standings.values()}
    learners = {learner.name for learner in _learners(situation)}
    return any(
        s.index in situation.standings or s.configuration.key in tried or s.configuration.learner not in learners
        for s in situation.desk.suggestions
    )


def _wanted(situation: Context) -> int:
    beyond = out_of_reach(situation)
    parked = sum(suggestion.configuration.learner in beyond for suggestion in situation.desk.suggestions)
    room = situation.spec.budget.trials - len(situation.snapshot.trials) - parked
    if state(situation) != "Searching" or room <= 0:
        return 0
    return int(not situation.unfinished) if rescuing(situation) else min(situation.slots, room)


def _request(situation: Context, learners: tuple[LearnerPlan, ...], count: int) -> SuggestRequest:
    observations = [standing.observation for standing in situation.standings.values()]
    observations += [
        Observation(index=s.index, configuration=s.configuration, origin=s.origin, state="pending")
        for s in situation.desk.suggestions
    ]
    return SuggestRequest(
        algorithm=situation.spec.search.algorithm,
        seed=situation.spec.search.seed,
        next_index=max((seen.index for seen in observations), default=-1) + 1,
        count=count,
        total_folds=situation.plan.folds,
        learners=learners,
        observations=tuple(observations),
    )
