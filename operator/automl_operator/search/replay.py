"""One learner's observations as Optuna's trials: places on the dimensions of one joint space.

Optuna is imported on first use, because no other algorithm needs it.
"""

import math
from random import Random
from typing import TYPE_CHECKING

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search.memo import SearchMemo
from automl_operator.search.space import bounds, draw, is_active, rounded, same, seeded
from automl_operator.search.suggester import Observation

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial, TrialState

VIEW = "view"
"""The name of the view's dimension. The names of parameters have a prefix."""
Places = dict[str, Scalar]
"""A place on every dimension."""


def rank(seen: Observation, total_folds: int) -> tuple[int, float] | None:
    """The sort key of an observation, smaller is better. None where it has no usable loss.

    More folds rank before fewer, whatever the loss: means over different folds are not comparable, and a stopped trial
    was judged to be bad. Optuna ranks pruned trials in the same way.
    """
    if seen.state not in {"complete", "stopped"} or seen.folds < 1 or seen.loss is None or not math.isfinite(seen.loss):
        return None
    return -min(seen.folds, total_folds), seen.loss


class Replay:
    """Converts one learner's observations, each object once: a trial without work never changes."""

    def __init__(self, learner: LearnerPlan, seed: int, total_folds: int) -> None:
        dimensions = _dimensions(learner)
        self.dimensions = {name: axis for name, axis in sorted(dimensions.items()) if not axis.single()}
        self._only = {name: _sole_place(axis) for name, axis in dimensions.items() if axis.single()}
        self._learner = learner
        self.trial: SearchMemo[Observation, FrozenTrial] = SearchMemo(self._trial)
        self._seed = seed
        self._total_folds = total_folds

    def at_work(self, number: int, places: Places) -> "FrozenTrial":
        """A trial without a result, which the sampler's constant liar treats as bad."""
        from optuna.trial import TrialState

        return _frozen(number, TrialState.RUNNING, places, self.dimensions)

    def configuration(self, places: Places) -> Configuration:
        """The configuration at these places, without its inactive parameters."""
        learner, parameters, places = self._learner, dict[str, Scalar](), {**self._only, **places}
        for parameter in learner.space:
            place = places[_name(parameter)]
            if is_active(parameter, parameters):
                parameters[parameter.name] = _value(parameter, place)
        return Configuration(view=learner.views[int(places[VIEW])], learner=learner.name, parameters=parameters)

    def _trial(self, seen: Observation) -> "FrozenTrial":
        """An observation as Optuna's trial: complete with all folds, pruned (ranked last) with fewer, else running.

        An infeasible trial is running too: as a pruned one it could count as good where there are few others.
        """
        from optuna.trial import TrialState

        place = rank(seen, self._total_folds)
        places = self._places(seen.configuration, seeded(self._seed, seen.index, "inactive"))
        if place is None:
            return self.at_work(seen.index, places)
        folds, loss = -place[0], place[1]
        if folds < self._total_folds:
            return _frozen(seen.index, TrialState.PRUNED, places, self.dimensions, steps={folds: loss})
        return _frozen(seen.index, TrialState.COMPLETE, places, self.dimensions, value=loss)

    def _places(self, configuration: Configuration, generator: Random) -> Places:
        """The places of a configuration. A missing parameter (mostly inactive) is drawn from the prior, because its
        value says nothing about the trial's loss.
        """
        views, view = self._learner.views, configuration.view
        places: Places = {VIEW: views.index(view) if view in views else generator.randrange(len(views))}
        for parameter in self._learner.space:
            places[_name(parameter)] = _place(parameter, configuration.parameters.get(parameter.name), generator)
        return {name: place for name, place in places.items() if name in self.dimensions}


def _frozen(
    number: int,
    state: "TrialState",
    places: Places,
    dimensions: "dict[str, BaseDistribution]",
    *,
    value: float | None = None,
    steps: dict[int, float] | None = None,
) -> "FrozenTrial":
    """Optuna's record, made by its constructor: `create_trial` would check places that are valid already."""
    from optuna.trial import FrozenTrial

    return FrozenTrial(
        number=number,
        trial_id=number,
        state=state,
        value=value,
        datetime_start=None,
        datetime_complete=None,
        params=places,
        distributions=dimensions,
        user_attrs={},
        system_attrs={},
        intermediate_values=steps or {},
    )


def _dimensions(learner: LearnerPlan) -> "dict[str, BaseDistribution]":
    """One dimension for each parameter, active or not, in one joint space. A choice is an index into its list."""
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


def _sole_place(dimension: "BaseDistribution") -> Scalar:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, CategoricalDistribution):
        return 0
    assert isinstance(dimension, FloatDistribution | IntDistribution)
    return dimension.low


def _name(parameter: Parameter) -> str:
    return f"parameter:{parameter.name}"


def _place(parameter: Parameter, value: Scalar | None, generator: Random) -> Scalar:
    """The nearest place on the parameter's dimension. A missing value, or one of another kind, is drawn instead."""
    if parameter.type == "choice":
        places = [place for place, choice in enumerate(parameter.choices) if value is not None and same(value, choice)]
        return places[0] if places else generator.randrange(len(parameter.choices))
    if value is None or isinstance(value, (bool, str)):
        return draw(parameter, generator)
    return _inside(parameter, value)


def _value(parameter: Parameter, place: Scalar) -> Scalar:
    return parameter.choices[int(place)] if parameter.type == "choice" else _inside(parameter, float(place))


def _inside(parameter: Parameter, value: float) -> Scalar:
    low, high = bounds(parameter)
    return rounded(parameter, min(max(value, low), high))
