"""Validation of spaces from runners: those of real learners pass; spaces that cannot be searched do not."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given

from automl_api.resources.search_space import ActiveWhen, Parameter
from automl_operator.search.soundness import fault_of
from automl_runner.learners import LEARNERS
from automl_runner.prepare.learner_choice import learner_plan, views_for
from builders.search import BOOTSTRAP, DEPTH, RATE, SHARE, a_tunable_learner, learners
from contracts.learner import SHAPES


def nested(depth: int, values: int = 2) -> tuple[Parameter, ...]:
    """A chain of choices; each is active for every value of the choice before."""
    choices = tuple(range(values))
    return tuple(
        Parameter(
            name=f"p{number}",
            type="choice",
            choices=choices,
            active_when=ActiveWhen(parameter=f"p{number - 1}", values=choices) if number else None,
        )
        for number in range(depth + 1)
    )


def number(low: Any, high: Any, kind: Literal["float", "int"] = "float", **fields: Any) -> Parameter:
    """A numeric parameter."""
    return Parameter(name="x", type=kind, low=low, high=high, **fields)


@pytest.mark.parametrize("name", sorted(LEARNERS))
def test_the_spaces_of_our_learners_are_sound(name: str) -> None:
    descriptor = LEARNERS[name].descriptor
    with_texts = [replace(shape, text_columns=2, text_bytes=100 * shape.rows) for shape in SHAPES]
    offered = [
        shape for shape in (*SHAPES, *with_texts) if shape.task in descriptor.tasks and views_for(descriptor, shape)
    ]
    assert {fault_of(learner_plan(descriptor, shape)) for shape in offered} == {""}


@given(learners())
def test_generated_spaces_are_sound(learner: Any) -> None:
    assert fault_of(learner) == ""


@pytest.mark.parametrize(
    "space",
    [
        pytest.param((RATE, DEPTH, BOOTSTRAP, SHARE), id="conditional"),
        pytest.param(nested(4), id="four conditions deep"),
        pytest.param(nested(2, values=64), id="4096 branches"),
        pytest.param((number(1, 1),), id="a single value"),
    ],
)
def test_spaces_within_the_bounds(space: tuple[Parameter, ...]) -> None:
    assert fault_of(a_tunable_learner("forest", *space)) == ""


@pytest.mark.parametrize(
    ("space", "words"),
    [
        pytest.param(nested(5), "more than 4 deep", id="too deep"),
        pytest.param(nested(4, values=64), "16,777,216 branches", id="too many branches"),
        pytest.param((SHARE, BOOTSTRAP), "does not come before", id="depends on a later one"),
        pytest.param((BOOTSTRAP, BOOTSTRAP), "a parameter twice", id="twice"),
        pytest.param((number(None, 1),), "needs bounds", id="no lower bound"),
        pytest.param((number(0, float("inf")),), "needs bounds", id="infinite"),
        pytest.param((number(0, 1e200),), "needs bounds", id="squares overflow"),
        pytest.param((number(2, 1),), "low <= high", id="upside down"),
        pytest.param((number(0, 1, log=True),), "above 0", id="zero on a logarithmic scale"),
        pytest.param((number(0.2, 0.8, "int"),), "no whole numbers", id="no int between the bounds"),
        pytest.param((number(1, 1e20, "int"),), "no whole numbers", id="ints beyond 2^53"),
        pytest.param((Parameter(name="x", type="choice"),), "no choices", id="no choices"),
        pytest.param((Parameter(name="x", type="choice", choices=(1, 1.0)),), "twice", id="equal choices"),
        pytest.param((Parameter(name="x", type="choice", choices=("a" * 300,)),), "plain", id="a long text"),
        pytest.param((Parameter(name="x", type="choice", choices=(10**400,)),), "plain", id="a huge number"),
        pytest.param((Parameter(name="a b\n", type="float", low=0, high=1),), "not a valid name", id="no name"),
    ],
)
def test_a_space_that_cannot_be_searched_is_named(space: tuple[Parameter, ...], words: str) -> None:
    assert words in fault_of(a_tunable_learner("forest", *space))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"default": {"other": 1}}, "'other', which its space does not have", id="an unknown default"),
        pytest.param({"portfolio": ({"rate": float("nan")},)}, "a value that is not plain", id="not a number"),
        pytest.param({"views": ("plain", "plain")}, "a view twice", id="a view twice"),
        pytest.param({"early_views": ("other",)}, "does not have the view 'other'", id="an unknown early view"),
        pytest.param({"view_seconds": {"other": 1.0}}, "does not have the view 'other'", id="seconds of no view"),
        pytest.param({"views": ("../x",)}, "not a valid name", id="a view with an invalid name"),
    ],
)
def test_values_that_do_not_belong_to_the_space_are_named(changes: dict[str, Any], words: str) -> None:
    assert words in fault_of(a_tunable_learner("forest", **changes))
