"""One suggestion waits for every slot, so that no slot ever waits for the search."""

from typing import Literal

from automl_api.metrics import METRICS
from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.actions import Action, DropSuggestions, Suggest
from automl_operator.decisions.budget import affordable_learners
from automl_operator.decisions.learners import worth_trying
from automl_operator.decisions.lifecycle import state
from automl_operator.decisions.search_end import no_more_trials, rescuing, search_end
from automl_operator.decisions.situation import Situation
from automl_operator.decisions.standings import Standing
from automl_operator.search.suggester import Observation, Suggestion, SuggestRequest

_States = Literal["pending", "complete", "stopped", "infeasible"]
_STATES: dict[str, _States] = {
    "Succeeded": "complete",
    "Stopped": "stopped",
    "Infeasible": "infeasible",
    "Failed": "infeasible",
}


def suggest(situation: Situation) -> list[Action]:
    """Drop waiting suggestions that will not be tried, and ask for as many as slots lack one."""
    actions: list[Action] = []
    if _stale(situation):
        actions.append(DropSuggestions())
        situation = situation.after(actions)
    if situation.desk.suggesting or situation.desk.exhausted:
        return actions
    learners = _learners(situation)
    missing = _wanted(situation) - len(situation.desk.suggestions)
    if learners and missing > 0:
        actions.append(Suggest(_request(situation, learners, missing)))
    return actions


def _learners(situation: Situation) -> tuple[LearnerPlan, ...]:
    """The learners that a new trial may have now."""
    if state(situation) != "Searching" or no_more_trials(situation) is not None:
        return ()
    if rescuing(situation):
        return worth_trying(situation)
    return () if search_end(situation) is not None else affordable_learners(situation)


def _stale(situation: Situation) -> bool:
    """Whether a waiting suggestion has been tried already, or its learner is out of the question now."""
    if not situation.desk.suggestions:
        return False
    if situation.snapshot.plan is None or state(situation) in ("Finalizing", "Complete", "Failed"):
        return True
    tried = [s for s in situation.desk.suggestions if _is_tried(situation, s)]
    learners = {learner.name for learner in _learners(situation)}
    return bool(tried) or any(s.configuration.learner not in learners for s in situation.desk.suggestions)


def _is_tried(situation: Situation, suggestion: Suggestion) -> bool:
    return suggestion.index in situation.standings or any(
        trial.spec.configuration == suggestion.configuration for trial in situation.snapshot.trials
    )


def _wanted(situation: Situation) -> int:
    room = situation.spec.budget.trials - len(situation.snapshot.trials)
    if state(situation) != "Searching" or room <= 0:
        return 0
    spared = any(not standing.final for standing in situation.standings.values())
    return int(not spared) if rescuing(situation) else min(situation.slots, room)


def _request(situation: Situation, learners: tuple[LearnerPlan, ...], count: int) -> SuggestRequest:
    sign = METRICS[situation.plan.metric].sign
    observations = [_observation(standing, sign) for standing in situation.standings.values()]
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


def _observation(standing: Standing, sign: int) -> Observation:
    spec, folds = standing.trial.spec, standing.folds.values()
    seen = _STATES.get(standing.trial.status.state, "pending")
    scored = folds and seen != "infeasible"
    return Observation(
        index=spec.index,
        configuration=spec.configuration,
        origin=spec.origin,
        state=seen,
        loss=-sign * sum(fold.score for fold in folds) / len(folds) if scored else None,
        folds=len(folds),
        seconds=sum(standing.seconds),
    )
