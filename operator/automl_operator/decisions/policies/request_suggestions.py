"""The requests for suggestions: one suggestion waits for every slot, so that no slot waits for the search."""

from automl_api.resources.plan import LearnerPlan
from automl_operator.decisions.facts.admission import affordable_learners
from automl_operator.decisions.facts.learners import out_of_reach, worth_trying
from automl_operator.decisions.lifecycle.experiment_state import state
from automl_operator.decisions.lifecycle.search_end import in_last_resort, no_more_trials, search_end
from automl_operator.decisions.state.actions import Action, DropSuggestions, Suggest
from automl_operator.decisions.state.context import Context
from automl_operator.search.suggester import Observation, SuggestRequest


def request_suggestions(context: Context) -> list[Action]:
    """Drop waiting suggestions that will not be tried, and request one for every slot that lacks one."""
    actions: list[Action] = []
    if _stale(context):
        actions.append(DropSuggestions())
        context = context.after(actions)
    if context.broker.suggesting or context.broker.exhausted or context.broker.search_failure:
        return actions
    unreachable = out_of_reach(context)
    learners = tuple(learner for learner in _learners(context) if learner.name not in unreachable)
    missing = _wanted(context) - sum(s.configuration.learner not in unreachable for s in context.broker.suggestions)
    if learners and missing > 0:
        actions.append(Suggest(_request(context, learners, missing)))
    return actions


def _learners(context: Context) -> tuple[LearnerPlan, ...]:
    """The learners that a new trial may have now."""
    if state(context) != "Searching" or no_more_trials(context) is not None:
        return ()
    if in_last_resort(context):
        return worth_trying(context)
    return () if search_end(context) is not None else affordable_learners(context)


def _stale(context: Context) -> bool:
    """True when a waiting suggestion has been tried already, or its learner is not possible now."""
    if not context.broker.suggestions:
        return False
    if context.snapshot.plan is None or state(context) in ("Finalizing", "Complete", "Failed"):
        return True
    tried = {progress.configuration for progress in context.trials_progress.values()}
    learners = {learner.name for learner in _learners(context)}
    return any(
        s.index in context.trials_progress or s.configuration.key in tried or s.configuration.learner not in learners
        for s in context.broker.suggestions
    )


def _wanted(context: Context) -> int:
    unreachable = out_of_reach(context)
    waiting = sum(suggestion.configuration.learner in unreachable for suggestion in context.broker.suggestions)
    room = context.spec.budget.trials - len(context.snapshot.trials) - waiting
    if state(context) != "Searching" or room <= 0:
        return 0
    return int(not context.unfinished) if in_last_resort(context) else min(context.slots, room)


def _request(context: Context, learners: tuple[LearnerPlan, ...], count: int) -> SuggestRequest:
    observations = [progress.observation for progress in context.trials_progress.values()]
    observations += [
        Observation(index=s.index, configuration=s.configuration, origin=s.origin, state="pending")
        for s in context.broker.suggestions
    ]
    return SuggestRequest(
        algorithm=context.spec.search.algorithm,
        seed=context.spec.search.seed,
        next_index=max((seen.index for seen in observations), default=-1) + 1,
        count=count,
        total_folds=context.plan.folds,
        learners=learners,
        observations=tuple(observations),
    )
