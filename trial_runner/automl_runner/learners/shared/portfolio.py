"""Learned portfolios: configurations that are good on many tables, as `benchmarks/portfolio.py` chose them.

An entry is stored apart from a table's shape, in `portfolios.json`. A number that is searched on a logarithmic scale is
a multiple of the default's, because good rates, rounds and leaves grow with the table as the default does.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources

from automl_api.base import Scalar
from automl_api.resources.search_space import Parameter
from automl_runner.learners.learner import Shape
from automl_runner.learners.shared.parameters import clip

Entry = Mapping[str, Scalar]
Parameters = dict[str, Scalar]
_DIGITS = 5


def learned(
    name: str, space: Callable[[Shape], Sequence[Parameter]], default: Callable[[Shape], Parameters]
) -> Callable[[Shape], tuple[Parameters, ...]]:
    """The portfolio of a learner, as a function of the shape."""

    def portfolio(shape: Shape) -> tuple[Parameters, ...]:
        return tuple(configured(entry, space(shape), default(shape)) for entry in _stored().get(name, ()))

    return portfolio


def configured(entry: Entry, space: Sequence[Parameter], default: Parameters) -> Parameters:
    """The parameters of an entry within a space; those that it does not name are the default's."""
    return {
        parameter.name: _value(parameter, entry[parameter.name], default[parameter.name])
        if parameter.name in entry
        else default[parameter.name]
        for parameter in space
    }


def entry_of(parameters: Parameters, space: Sequence[Parameter], default: Parameters) -> dict[str, Scalar]:
    """The entry that `configured` turns into these parameters, for the same space and default."""
    return {
        parameter.name: float(f"{float(parameters[parameter.name]) / float(default[parameter.name]):.3g}")
        if _is_multiple(parameter)
        else parameters[parameter.name]
        for parameter in space
    }


def _value(parameter: Parameter, stored: Scalar, default: Scalar) -> Scalar:
    if parameter.type == "choice":
        return stored if stored in parameter.choices else default
    assert parameter.low is not None
    assert parameter.high is not None
    wanted = float(stored) * float(default) if _is_multiple(parameter) else float(stored)
    value = clip(wanted, parameter.low, parameter.high)
    return round(value) if parameter.type == "int" else float(f"{value:.{_DIGITS}g}")


def _is_multiple(parameter: Parameter) -> bool:
    return parameter.log and parameter.type != "choice"


@cache
def _stored() -> dict[str, list[dict[str, Scalar]]]:
    text = (resources.files("automl_runner.learners.shared") / "portfolios.json").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Scalar]]] = json.loads(text)
    return found
