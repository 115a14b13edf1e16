"""Canonical configurations, and errors for spaces with wrong bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.base import Scalar
from automl_api.resources.plan import LearnerPlan
from automl_api.resources.search_space import Parameter
from automl_api.resources.trial import Configuration
from automl_operator.search.space import at, bounds, canonical, draw_configuration, seeded
from builders.search import BOOTSTRAP, DEPTH, RATE, SHARE, a_tunable_learner, learners


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        pytest.param({"rate": 0.12345678}, {"rate": 0.123457}, id="floats have six digits"),
        pytest.param({"rate": 1}, {"rate": 1.0}, id="an int becomes a float for a float parameter"),
        pytest.param({"depth": 5.0}, {"depth": 5}, id="a float becomes an int for an int parameter"),
        pytest.param({"bootstrap": False, "share": 0.7}, {"bootstrap": False}, id="an inactive parameter is left out"),
        pytest.param({"share": 0.7}, {}, id="a parameter that depends on an absent one is inactive"),
        pytest.param(
            {"bootstrap": True, "share": 0.7}, {"bootstrap": True, "share": 0.7}, id="an active parameter is kept"
        ),
        pytest.param({"bootstrap": 1, "share": 0.7}, {"bootstrap": 1}, id="1 is not True"),
        pytest.param(
            {"depth": "auto", "more": 1.5}, {"depth": "auto", "more": 1.5}, id="a parameter outside the space is kept"
        ),
        pytest.param({"rate": 7.0}, {"rate": 7.0}, id="a default out of bounds is kept"),
    ],
)
def test_the_canonical_form(given_: dict[str, Scalar], expected: dict[str, Scalar]) -> None:
    learner = a_tunable_learner("forest", RATE, DEPTH, BOOTSTRAP, SHARE)
    found = canonical(Configuration(learner="forest", parameters=given_), learner).parameters
    assert found == expected
    assert {name: type(value) for name, value in found.items()} == {k: type(v) for k, v in expected.items()}


@given(learner=learners(), seed=st.integers())
def test_drawn_configurations_are_canonical(learner: LearnerPlan, seed: int) -> None:
    drawn = draw_configuration(learner, seeded(seed, 0))
    assert canonical(drawn, learner).key == drawn.key


def test_rounding_never_leads_out_of_the_bounds() -> None:
    narrow = Parameter(name="x", type="float", low=0.12345678, high=0.12345679)
    assert at(narrow, 0.5) == 0.12345679
    assert at(narrow.replace(low=0.1234562, high=0.1234563), 0.5) == 0.1234562


def test_positions_are_even_on_a_logarithmic_scale() -> None:
    assert at(RATE, 0.5) == pytest.approx(math.sqrt(0.001), rel=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        Parameter(name="x", type="float", low=0.0),
        Parameter(name="x", type="float", low=2.0, high=1.0),
        Parameter(name="x", type="float", low=0.0, high=1.0, log=True),
    ],
)
def test_a_number_without_sensible_bounds_is_named(wrong: Parameter) -> None:
    with pytest.raises(ValueError, match='parameter "x": a number needs low <= high'):
        bounds(wrong)
