"""Search: takes trials, returns suggestions. It is pure: no clock, no storage, no randomness without a seed.

The choices that are surely worth a trial come first: the default of every learner, then the learners' portfolios. All
further choices are the algorithm's.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, zip_longest

from automl_api.resources.plan import LearnerPlan
from automl_api.resources.trial import Configuration, Origin
from automl_operator.search.bayesian_search import BayesianSearch
from automl_operator.search.grid_search import GridSearch
from automl_operator.search.memo import SearchMemo
from automl_operator.search.random_search import RandomSearch
from automl_operator.search.space import canonical
from automl_operator.search.suggester import Observation, SuggestAnswer, Suggester, Suggestion, SuggestRequest

__all__ = ["Observation", "SuggestAnswer", "SuggestRequest", "Suggestion", "suggest"]

SUGGESTERS: dict[str, Suggester] = {"bayesian": BayesianSearch(), "random": RandomSearch(), "grid": GridSearch()}
"""The search algorithms by the name that an experiment gives."""


def suggest(request: SuggestRequest) -> SuggestAnswer:
    """Up to `count` new configurations, numbered from `next_index`. Fewer only when no other new one is found.

    The same request gives the same answer. A batch gives the same suggestions as one request for each member.
    """
    suggestions: list[Suggestion] = []
    for index in range(request.next_index, request.next_index + request.count):
        suggestion = _next(request, index)
        if suggestion is None:
            break
        suggestions.append(suggestion)
        request = request.replace(observations=(*request.observations, _pending(suggestion)))
    return SuggestAnswer(suggestions=tuple(suggestions), exhausted=len(suggestions) < request.count)


def _next(request: SuggestRequest, index: int) -> Suggestion | None:
    """The first candidate that equals no observation. Inactive parameters and surplus digits make no difference."""
    learners = {learner.name: learner for learner in request.learners}
    keys = {learner.name: _keys(learner.to_json()) for learner in request.learners}
    taken = {keys[name](seen) for seen in request.observations if (name := seen.configuration.learner) in keys}
    for origin, candidate in chain(_initial_configurations(request), _free_choices(request, index)):
        configuration = canonical(candidate, learners[candidate.learner])
        if configuration.key not in taken:
            return Suggestion(index=index, configuration=configuration, origin=origin)
    return None


@lru_cache(maxsize=128)
def _keys(learner: str) -> SearchMemo[Observation, str]:
    """A cache of the canonical keys of a learner's observations, found by the plan's JSON, because plans are copies."""
    plan = LearnerPlan.read_json(learner)
    return SearchMemo(lambda seen: canonical(seen.configuration, plan).key)


def _initial_configurations(request: SuggestRequest) -> Iterator[tuple[Origin, Configuration]]:
    """The default of every learner, then the entries of their portfolios, one of each learner in turn."""
    for learner in request.learners:
        yield "default", Configuration(view=learner.views[0], learner=learner.name, parameters=learner.default)
    for entries in zip_longest(*map(_portfolio, request.learners)):
        yield from (("portfolio", entry) for entry in entries if entry is not None)


def _portfolio(learner: LearnerPlan) -> Iterator[Configuration]:
    """The default in the early views, then the portfolio in the first view."""
    for view in learner.early_views:
        yield Configuration(view=view, learner=learner.name, parameters=learner.default)
    for entry in learner.portfolio:
        yield Configuration(view=learner.views[0], learner=learner.name, parameters=entry)


def _free_choices(request: SuggestRequest, index: int) -> Iterator[tuple[Origin, Configuration]]:
    if request.learners:
        for configuration in SUGGESTERS[request.algorithm].candidates(request, index):
            yield "search", configuration


def _pending(suggestion: Suggestion) -> Observation:
    return Observation(
        index=suggestion.index,
        configuration=suggestion.configuration,
        origin=suggestion.origin,
        state="pending",
    )
