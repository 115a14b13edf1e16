"""Portfolios as data: entries are stored apart from a shape, and become parameters within the space of any shape."""

from typing import Any

import pytest

from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.learners.shared.parameters import choice, real, whole
from automl_runner.learners.shared.portfolio import Entry, configured, entry_of, learned, stored

SPACE = (
    real("learning_rate", 0.01, 0.3, log=True),
    whole("num_leaves", 2, 100, log=True),
    real("share", 0.2, 1.0),
    choice("kind", "a", "b"),
)
DEFAULT: dict[str, Any] = {"learning_rate": 0.1, "num_leaves": 30, "share": 1.0, "kind": "a"}
NOMINAL = Shape(10_000, 20, 5, 100, 2, "binary")


@pytest.mark.parametrize(
    ("times", "values", "expected"),
    [
        pytest.param({}, {}, {}, id="the default"),
        pytest.param(
            {"learning_rate": 0.5, "num_leaves": 2.0}, {}, {"learning_rate": 0.05, "num_leaves": 60}, id="multiples"
        ),
        pytest.param(
            {"learning_rate": 9.0, "num_leaves": 0.01}, {}, {"learning_rate": 0.3, "num_leaves": 2}, id="bounds"
        ),
        pytest.param({}, {"share": 0.5, "kind": "b"}, {"share": 0.5, "kind": "b"}, id="values"),
        pytest.param({}, {"share": 0.1}, {"share": 0.2}, id="a value out of bounds"),
        pytest.param({}, {"kind": "c"}, {}, id="a choice that is not offered"),
    ],
)
def test_an_entry_changes_the_default(times: Any, values: Any, expected: dict[str, Any]) -> None:
    assert configured(Entry(times=times, values=values), SPACE, DEFAULT) == DEFAULT | expected


def test_parameters_become_an_entry_of_what_differs_and_back_up_to_rounding() -> None:
    parameters: dict[str, Any] = {"learning_rate": 0.0371234, "num_leaves": 47, "share": 0.412345, "kind": "a"}
    entry = entry_of(parameters, SPACE, DEFAULT)
    assert entry == Entry(times={"learning_rate": 0.371, "num_leaves": 1.57}, values={"share": 0.412})
    again = configured(entry, SPACE, DEFAULT)
    assert again == DEFAULT | {"learning_rate": 0.0371, "num_leaves": 47, "share": 0.412}
    assert entry_of(again, SPACE, DEFAULT) == entry


def test_a_learner_without_entries_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        learned("no_such_learner", lambda _: SPACE, lambda _: dict(DEFAULT))(NOMINAL)


def test_every_learner_of_tables_has_entries_of_its_own_parameters_that_differ() -> None:
    tabular = {name: one.descriptor for name, one in LEARNERS.items() if not one.descriptor.reads_text}
    assert set(stored().learners) == set(tabular)
    for name, descriptor in tabular.items():
        names = {parameter.name for parameter in descriptor.space(NOMINAL)}
        entries = stored().learners[name]
        assert all(set(entry.times) | set(entry.values) <= names for entry in entries)
        tried = [descriptor.default(NOMINAL), *descriptor.portfolio(NOMINAL)]
        assert len({str(sorted(parameters.items())) for parameters in tried}) == len(entries) + 1
