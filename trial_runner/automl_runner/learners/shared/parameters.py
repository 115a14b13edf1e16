"""Shorthand for search spaces, and the function by which every learner reads its parameters."""

from collections.abc import Mapping

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import LearnerRefused, Shape


def real(name: str, low: float, high: float, *, log: bool = False) -> Parameter:
    """A float between two bounds."""
    return Parameter(name=name, type="float", low=low, high=high, log=log)


def whole(name: str, low: int, high: int, *, log: bool = False) -> Parameter:
    """An integer between two bounds."""
    return Parameter(name=name, type="int", low=low, high=high, log=log)


def choice(name: str, *values: Scalar) -> Parameter:
    """One of some values."""
    return Parameter(name=name, type="choice", choices=values)


def resolve(base: Mapping[str, Scalar], given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """A learner's base, overwritten by the given parameters. Raises LearnerRefused for an unknown name.

    Integers become floats where the base has floats: an API server stores 1.0 as 1, but libraries distinguish the two.
    """
    unknown = sorted(set(given) - set(base))
    if unknown:
        raise LearnerRefused(f"unknown parameters: {', '.join(unknown)}; there are {', '.join(sorted(base))}")
    return {**base, **{name: _like(base[name], value) for name, value in given.items()}}


def _like(known: Scalar, value: Scalar) -> Scalar:
    return float(value) if isinstance(known, float) and type(value) is int else value


def outputs_of(shape: Shape) -> int:
    """The number of trees in a boosting round: one, or one per class if there are more than two classes."""
    return shape.classes if shape.classes > 2 else 1


def columns_of(shape: Shape) -> int:
    """All columns, numeric and categorical."""
    return max(1, shape.numeric_columns + shape.categorical_columns)


def clip(value: float, low: float, high: float) -> float:
    """The value, limited to the bounds."""
    return min(max(value, low), high)
