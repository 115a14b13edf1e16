"""Portfolios as data: configurations to try after the default, as `benchmarks/portfolio.py` chose them.

An entry is stored apart from a table's shape, in `portfolios.json`. Rates, rounds, and the sizes of trees and leaves are
multiples of the default's, which depend on the shape; other parameters have values.
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources

from pydantic import Field

from automl_api.base import Model, Scalar
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import Shape
from automl_runner.learners.shared.parameters import clip

Parameters = dict[str, Scalar]
_MULTIPLES = (
    "learning_rate", "rate", "max_iter", "epochs", "num_leaves", "max_leaf_nodes", "min_data_in_leaf", "min_samples_leaf",
)  # fmt: skip
_DIGITS = 3


class Entry(Model):
    """A configuration as it differs from the default."""

    times: dict[str, float] = Field(default_factory=dict)
    """The factors of numbers."""
    values: dict[str, Scalar] = Field(default_factory=dict)


class Portfolios(Model):
    """The entries of each learner, by its name."""

    learners: dict[str, tuple[Entry, ...]] = Field(default_factory=dict)


def learned(
    name: str, space: Callable[[Shape], Sequence[Parameter]], default: Callable[[Shape], Parameters]
) -> Callable[[Shape], tuple[Parameters, ...]]:
    """The portfolio of a learner, as a function of the shape. Raises KeyError for a learner without entries."""

    def portfolio(shape: Shape) -> tuple[Parameters, ...]:
        return tuple(configured(entry, space(shape), default(shape)) for entry in stored().learners[name])

    return portfolio


def configured(entry: Entry, space: Sequence[Parameter], default: Parameters) -> Parameters:
    """The parameters of an entry, within the bounds of a space."""
    return {parameter.name: _value(entry, parameter, default[parameter.name]) for parameter in space}


def entry_of(parameters: Parameters, space: Sequence[Parameter], default: Parameters) -> Entry:
    """The entry that `configured` turns into these parameters, up to rounding, for the same space and default."""
    changed = {one.name: parameters[one.name] for one in space if parameters[one.name] != default[one.name]}
    times = {
        name: float(_rounded(float(value) / float(default[name])))
        for name, value in changed.items()
        if name in _MULTIPLES
    }
    values = {name: _rounded(value) for name, value in changed.items() if name not in _MULTIPLES}
    return Entry(times=times, values=values)


def _value(entry: Entry, parameter: Parameter, default: Scalar) -> Scalar:
    wanted = entry.values.get(parameter.name, default)
    if parameter.type == "choice":
        return wanted if wanted in parameter.choices else default
    assert parameter.low is not None
    assert parameter.high is not None
    value = clip(float(wanted) * entry.times.get(parameter.name, 1.0), parameter.low, parameter.high)
    return round(value) if parameter.type == "int" else float(f"{value:.5g}")


def _rounded(value: Scalar) -> Scalar:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


@cache
def stored() -> Portfolios:
    """The portfolios of the product."""
    text = (resources.files("automl_runner.learners.shared") / "portfolios.json").read_text(encoding="utf-8")
    return Portfolios.read_json(text)
