"""The search space of a learner: its parameters, with their domains and conditions."""

from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model, Scalar


class ActiveWhen(Model):
    """The condition of a parameter that is only active for some values of an earlier one."""

    parameter: Annotated[str, Field(max_length=63)]
    """The earlier parameter."""
    values: Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=64)]
    """The values that make this one active."""


class Parameter(Model):
    """One dimension: a number between two bounds (both included), or a choice."""

    name: Annotated[str, Field(max_length=63)]
    """The parameter's name, as the learner knows it."""
    type: Literal["float", "int", "choice"]
    """The type of its values: float, int or choice."""
    low: float | None = None
    """The lower bound of a number."""
    high: float | None = None
    """The upper bound of a number."""
    log: bool = False
    """True when the number is searched on a logarithmic scale."""
    choices: Annotated[tuple[Scalar, ...], Field(max_length=64)] = ()
    """The values of a choice."""
    active_when: ActiveWhen | None = None
    """The condition under which the parameter is active; without one it always is."""
