"""Formulas from a bundle: those that do not fit the columns are refused before a row is read."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from automl_model.features import Layout
from automl_model.generated_features import MOST_FORMULAS
from automl_model.views import ViewState, layout_of

LAYOUT = Layout(3, (5, 8))
State = dict[str, Any]
Change = Callable[[State, State, dict[str, Any]], object]


def a_state() -> tuple[State, dict[str, Any]]:
    formulas = [
        {"kind": "quotient", "columns": [0, 2], "name": "a / c", "worth": 0.5},
        {"kind": "quotient_by_mean", "columns": [1, 1], "name": "b / mean(b by e)", "worth": 0.25},
    ]
    return {"formulas": formulas}, {"means_1": np.ones(8, np.float32)}


def layout_after(change: Change) -> Layout:
    state, arrays = a_state()
    change(state, state["formulas"][1], arrays)
    return layout_of(ViewState("generated_features", state, arrays), LAYOUT)


def test_each_formula_is_a_column() -> None:
    assert layout_after(lambda *_: None) == Layout(5, (5, 8))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda state, _, __: state.pop("formulas"), "no list of formulas"),
        (lambda state, _, __: state.update(formulas={"a": 1}), "no list of formulas"),
        (lambda state, _, __: state.update(formulas=state["formulas"] * MOST_FORMULAS), "no list of formulas"),
        (lambda state, _, __: state["formulas"].append("a / b"), "unknown kind"),
        (lambda _, formula, __: formula.update(kind="eval"), "unknown kind"),
        (lambda _, formula, __: formula.update(kind=["sum"]), "unknown kind"),
        (lambda _, formula, __: formula.update(columns=[0, 2]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns=[3, 0]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns=[-1, 0]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns=[True, 0]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns=[0.0, 0]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns=[0]), "columns that do not exist"),
        (lambda _, formula, __: formula.update(columns="01"), "columns that do not exist"),
        (lambda _, formula, __: formula.update(name=""), "no usable name"),
        (lambda _, formula, __: formula.update(name="a" * 10_000), "no usable name"),
        (lambda _, formula, __: formula.update(name=None), "no usable name"),
        (lambda _, formula, __: formula.update(worth=float("nan")), "no usable worth"),
        (lambda _, formula, __: formula.update(worth="1"), "no usable worth"),
        (lambda _, formula, __: formula.pop("worth"), "no usable worth"),
        (lambda _, __, arrays: arrays.clear(), "means_1 is missing"),
        (lambda _, __, arrays: arrays.update(means_1=np.ones(8)), "means_1 has type"),
        (lambda _, __, arrays: arrays.update(means_1=np.ones((8, 1), np.float32)), "means_1 has type"),
        (lambda _, __, arrays: arrays.update(means_1=np.full(8, np.inf, np.float32)), "not finite"),
        (lambda _, __, arrays: arrays.update(means_1=np.ones(1, np.float32)), "no value for unseen levels"),
    ],
)
def test_a_state_that_cannot_be_applied_is_refused(change: Change, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        layout_after(change)
