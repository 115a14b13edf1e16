"""Learned portfolios: entries are stored apart from a shape, and become parameters within the space of any shape."""

from typing import Any

import pytest

from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.learners.shared.parameters import choice, real, whole
from automl_runner.learners.shared.portfolio import configured, entry_of, learned

SPACE = (
    real("rate", 0.01, 0.3, log=True),
    whole("leaves", 2, 100, log=True),
    real("share", 0.2, 1.0),
    choice("kind", "a", "b"),
)
DEFAULT: dict[str, Any] = {"rate": 0.1, "leaves": 30, "share": 1.0, "kind": "a"}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param({}, {}, id="the default"),
        pytest.param({"rate": 0.5, "leaves": 2.0}, {"rate": 0.05, "leaves": 60}, id="multiples of the default"),
        pytest.param({"rate": 9.0, "leaves": 0.01}, {"rate": 0.3, "leaves": 2}, id="within the bounds"),
        pytest.param({"share": 0.5, "kind": "b"}, {"share": 0.5, "kind": "b"}, id="values"),
        pytest.param({"kind": "c"}, {}, id="a choice that is not offered"),
        pytest.param({"gone": 1.0}, {}, id="a parameter that is not in the space"),
    ],
)
def test_an_entry_changes_the_default(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    assert configured(entry, SPACE, DEFAULT) == DEFAULT | expected


def test_parameters_become_an_entry_and_back() -> None:
    parameters: dict[str, Any] = {"rate": 0.025, "leaves": 45, "share": 0.4, "kind": "b"}
    assert configured(entry_of(parameters, SPACE, DEFAULT), SPACE, DEFAULT) == parameters


def test_a_learner_without_entries_has_an_empty_portfolio() -> None:
    assert learned("no_such_learner", lambda _: SPACE, lambda _: dict(DEFAULT))(Shape(9, 1, 0, 0, 2, "binary")) == ()


@pytest.mark.parametrize("name", ["catboost", "lightgbm", "xgboost"])
def test_boosting_has_several_entries_that_differ(name: str) -> None:
    descriptor, shape = LEARNERS[name].descriptor, Shape(5_000, 10, 2, 20, 2, "binary")
    entries = [descriptor.default(shape), *descriptor.portfolio(shape)]
    assert len({str(sorted(entry.items())) for entry in entries}) == len(entries) > 2
