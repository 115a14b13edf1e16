"""Bundles may come from strangers: a state of the logarithm that cannot be applied is refused."""

from typing import Any

import pytest

from automl_model.features import Layout
from automl_model.fold_model import FoldModel
from automl_model.log_target import log_target_state
from automl_model.views import ViewState, adds_nothing, layout_of

LAYOUT = Layout(2, (5,))


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"shift": 0.0, "greatest": 1.0},
        {"shift": "0", "greatest": 1.0, "factor": 1.0},
        {"shift": True, "greatest": 1.0, "factor": 1.0},
        {"shift": -1.0, "greatest": 5.0, "factor": 1.0},
        {"shift": 0.0, "greatest": 0.0, "factor": 1.0},
        {"shift": 0.0, "greatest": float("inf"), "factor": 1.0},
        {"shift": 0.0, "greatest": 1.0, "factor": float("nan")},
        {"shift": 0.0, "greatest": 1.0, "factor": 0.0},
        {"shift": 0.0, "greatest": 10**400, "factor": 1.0},
    ],
    ids=str,
)
def test_a_state_that_cannot_be_applied_is_refused(state):
    with pytest.raises(ValueError, match="logarithm"):
        layout_of(ViewState("log_target", state), LAYOUT)


def test_classes_have_no_logarithm():
    view = ViewState("log_target", dict(log_target_state(0.0, 5.0)))
    unused: Any = None
    with pytest.raises(ValueError, match="classes have no logarithm"):
        FoldModel(view, unused).check(LAYOUT, 3)


def test_the_view_changes_something_though_the_columns_stay():
    view = ViewState("log_target", dict(log_target_state(0.0, 5.0)))
    assert layout_of(view, LAYOUT) == LAYOUT
    assert not adds_nothing(view, LAYOUT)
