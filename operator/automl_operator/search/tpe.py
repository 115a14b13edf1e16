"""One learner's surrogate: Optuna's tree-structured Parzen estimator over replayed trials.

Nothing is kept between two calls, so there is no study to lose or to disagree with the trials. Optuna is imported
on the first use: no other algorithm needs it.
"""

import math
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search.space import bounds, draw, is_active, rounded, same, seeded
from automl_operator.search.suggester import Observation, SuggestRequest

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

VIEW = "view"
"""The name of the dimension that is the view; parameters' names have a prefix."""


def rank(seen: Observation, request: SuggestRequest) -> tuple[int, float] | None:
    """Where an observation stands, the smaller the better; None where it tells of no loss.

    More folds rank before fewer, whatever the loss: means over different folds are not comparable, and a trial that
    was stopped had been judged to be a bad one. Optuna ranks pruned trials in the same way.
    """
    if seen.state not in {"complete", "stopped"} or seen.folds < 1 or seen.loss is None or not math.isfinite(seen.loss):
        return None
    return -min(seen.folds, request.total_folds), seen.loss


def proposals(learner: LearnerPlan, request: SuggestRequest, index: int) -> Iterator[Configuration]:
    """Configurations of the learner for trial `index`, best first, without end; each one avoids those before it."""
    dimensions = _dimensions(learner)
    study = _study(learner, request, index, dimensions)
    while True:
        yield _decode(learner, study.ask(dimensions).params)


def _study(
    learner: LearnerPlan, request: SuggestRequest, index: int, dimensions: "dict[str, BaseDistribution]"
) -> "Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(
        seed=seeded(request.seed, index, "tpe").getrandbits(32),
        n_startup_trials=1,  # the defaults and the portfolio were the start-up
        n_ei_candidates=12,  # half of the default: less greedy, which serves few trials better (benchmarks/search.py)
        multivariate=True,
        constant_liar=True,
    )
    study = optuna.create_study(sampler=sampler)
    seen = (one for one in request.observations if one.configuration.learner == learner.name)
    study.add_trials([_replayed(one, learner, request, dimensions) for one in seen])
    return study


def _replayed(
    seen: Observation, learner: LearnerPlan, request: SuggestRequest, dimensions: "dict[str, BaseDistribution]"
) -> "FrozenTrial":
    """An observation as Optuna knows it.

    All folds: complete. Fewer: pruned, which ranks behind every complete one. Pending and infeasible: running, which
    the constant liar holds for bad; an infeasible one told as pruned could count as good where little else is known.
    """
    from optuna.trial import TrialState, create_trial

    place = rank(seen, request)
    params = _encode(learner, seen.configuration, seeded(request.seed, seen.index, "inactive"))
    if place is None:
        return create_trial(state=TrialState.RUNNING, params=params, distributions=dimensions)
    folds, loss = -place[0], place[1]
    if folds < request.total_folds:
        return create_trial(
            state=TrialState.PRUNED, params=params, distributions=dimensions, intermediate_values={folds: loss}
        )
    return create_trial(state=TrialState.COMPLETE, params=params, distributions=dimensions, value=loss)


def _dimensions(learner: LearnerPlan) -> "dict[str, BaseDistribution]":
    """One dimension a parameter, active or not, so that they stay one joint space; a choice is a place in its list."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    dimensions: dict[str, BaseDistribution] = {VIEW: CategoricalDistribution(range(len(learner.views)))}
    for parameter in learner.space:
        if parameter.type == "choice":
            dimensions[_name(parameter)] = CategoricalDistribution(range(len(parameter.choices)))
            continue
        low, high = bounds(parameter)
        if parameter.type == "int":
            dimensions[_name(parameter)] = IntDistribution(int(low), int(high), log=parameter.log)
        else:
            dimensions[_name(parameter)] = FloatDistribution(low, high, log=parameter.log)
    return dimensions


def _name(parameter: Parameter) -> str:
    return f"parameter:{parameter.name}"


def _encode(learner: LearnerPlan, configuration: Configuration, generator: Random) -> dict[str, Scalar]:
    """A place on every dimension. What the configuration leaves open, an inactive parameter above all, is drawn from
    the prior: it says nothing about good or bad."""
    views = learner.views
    view = configuration.view
    params: dict[str, Scalar] = {VIEW: views.index(view) if view in views else generator.randrange(len(views))}
    for parameter in learner.space:
        params[_name(parameter)] = _place(parameter, configuration.parameters.get(parameter.name), generator)
    return params


def _place(parameter: Parameter, value: Scalar | None, generator: Random) -> Scalar:
    """The nearest place on the parameter's dimension; a drawn one where there is no value, or one of another kind."""
    if parameter.type == "choice":
        places = [place for place, choice in enumerate(parameter.choices) if value is not None and same(value, choice)]
        return places[0] if places else generator.randrange(len(parameter.choices))
    if value is None or isinstance(value, (bool, str)):
        return draw(parameter, generator)
    low, high = bounds(parameter)
    return rounded(parameter, min(max(value, low), high))


def _decode(learner: LearnerPlan, params: dict[str, Scalar]) -> Configuration:
    parameters: dict[str, Scalar] = {}
    for parameter in learner.space:
        place = params[_name(parameter)]
        value = parameter.choices[int(place)] if parameter.type == "choice" else place
        if is_active(parameter, parameters):
            parameters[parameter.name] = value
    return Configuration(view=learner.views[int(params[VIEW])], learner=learner.name, parameters=parameters)
