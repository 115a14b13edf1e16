"""The meaning of a search space: which parameters are active, which values are equal, how values are drawn."""

import math
from random import Random

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration

SIGNIFICANT_DIGITS = 6
"""The digits of a float that count. Configurations that differ only in further digits are the same."""


def seeded(seed: int, index: int, purpose: str = "") -> Random:
    """The random generator of trial `index`: the same on every machine, and independent for each purpose."""
    return Random(f"{seed}:{index}:{purpose}")


def bounds(parameter: Parameter) -> tuple[float, float]:
    """The lower and upper bound of a number. Raises ValueError where a bound is missing or does not suit the scale."""
    low, high = parameter.low, parameter.high
    if low is None or high is None or low > high or (parameter.log and low <= 0):
        raise ValueError(
            f'parameter "{parameter.name}": a number needs low <= high, above 0 on a logarithmic scale;'
            f" it has low={low}, high={high}, log={parameter.log}; correct the learner's space"
        )
    return (math.ceil(low), math.floor(high)) if parameter.type == "int" else (low, high)


def same(left: Scalar, right: Scalar) -> bool:
    """True when two values are equal as JSON: 1 equals 1.0, and neither equals true."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def is_active(parameter: Parameter, values: dict[str, Scalar]) -> bool:
    """True when the parameter is active beside the values of the active earlier ones."""
    condition = parameter.active_when
    if condition is None:
        return True
    if condition.parameter not in values:
        return False
    return any(same(values[condition.parameter], value) for value in condition.values)


def canonical(configuration: Configuration, learner: LearnerPlan | None) -> Configuration:
    """The common form of equal configurations: no inactive parameters, ints as ints, floats rounded.

    Parameters outside the space are kept, and an unknown learner's configuration is kept as it is.
    """
    if learner is None:
        return configuration
    parameters = dict(configuration.parameters)
    for parameter in learner.space:
        if parameter.name in parameters:
            value = parameters.pop(parameter.name)
            if is_active(parameter, parameters):
                parameters[parameter.name] = rounded(parameter, value)
    return configuration.replace(parameters=parameters)


def rounded(parameter: Parameter, value: Scalar) -> Scalar:
    """The value in its parameter's type. Rounding never leaves the bounds.

    A value that does not fit the type, such as a default of another kind, is kept.
    """
    if parameter.type == "choice":
        return next((choice for choice in parameter.choices if same(choice, value)), value)
    if isinstance(value, (bool, str)):
        return value
    low, high = bounds(parameter)
    near = float(round(value)) if parameter.type == "int" else float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if low <= value <= high:
        near = min(max(near, low), high)
    return int(near) if parameter.type == "int" else near


def at(parameter: Parameter, position: float) -> Scalar:
    """The value at a position in [0, 1] along a number's range, on its own scale. Every int has an equal share."""
    low, high = bounds(parameter)
    margin = 0.5 if parameter.type == "int" else 0.0
    start, end = low - margin, high + margin
    if parameter.log:
        value = math.exp(math.log(start) + position * (math.log(end) - math.log(start)))
    else:
        value = start + position * (end - start)
    return rounded(parameter, min(max(value, low), high))


def draw(parameter: Parameter, generator: Random) -> Scalar:
    """A value from the parameter's prior: uniform on its scale."""
    if parameter.type == "choice":
        return generator.choice(parameter.choices)
    return at(parameter, generator.random())


def draw_configuration(learner: LearnerPlan, generator: Random) -> Configuration:
    """A configuration of the learner, drawn from the prior."""
    parameters: dict[str, Scalar] = {}
    for parameter in learner.space:
        if is_active(parameter, parameters):
            parameters[parameter.name] = draw(parameter, generator)
    return Configuration(view=generator.choice(learner.views), learner=learner.name, parameters=parameters)
