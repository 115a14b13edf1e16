"""Reading of a learner's parameters."""

import pytest

from automl_api.base import Scalar
from automl_runner.learners.learner import LearnerRefused
from automl_runner.learners.shared.parameters import resolve

BASE: dict[str, Scalar] = {"max_features": 0.5, "rounds": 100, "extra": False, "kind": "l2"}


def test_a_float_that_an_api_server_stored_as_an_int_is_read_as_a_float():
    assert type(resolve(BASE, {"max_features": 1})["max_features"]) is float


@pytest.mark.parametrize("given", [{"rounds": 7}, {"extra": True}, {"kind": "l1"}, {"max_features": 0.25}])
def test_other_values_are_read_unchanged(given):
    resolved = resolve(BASE, given)
    assert resolved == BASE | given
    assert {name: type(value) for name, value in resolved.items()} == {
        name: type(value) for name, value in BASE.items()
    }


def test_an_unknown_name_is_refused():
    with pytest.raises(LearnerRefused, match="unknown parameters: depth"):
        resolve(BASE, {"depth": 3})
