"""Bundles may come from strangers: a state of the logarithm that cannot be applied is refused."""

from typing import Any

import numpy as np
import pytest

from automl_model.features import Layout
from automl_model.fold_model import FoldModel
from automl_model.log_target import log_target_state
from automl_model.views import ViewState, adds_nothing, layout_of

LAYOUT = Layout(2, (5,))
STATE: dict[str, Any] = dict(log_target_state(np.array([1.0, 5.0]), 0.0))


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"shift": 0.0, "least": 1.0, "greatest": 2.0},
        STATE | {"shift": "0"},
        STATE | {"shift": True},
        STATE | {"shift": -1.0},
        STATE | {"least": 0.0},
        STATE | {"greatest": 0.5},
        STATE | {"greatest": float("inf")},
        STATE | {"factor": float("nan")},
        STATE | {"factor": 0.0},
        pytest.param(STATE | {"greatest": 10**400}, id="huge"),
    ],
    ids=str,
)
def test_a_state_that_cannot_be_applied_is_refused(state):
    with pytest.raises(ValueError, match="logarithm"):
        layout_of(ViewState("log_target", state), LAYOUT)


def test_classes_have_no_logarithm():
    view = ViewState("log_target", STATE)
    unused: Any = None
    with pytest.raises(ValueError, match="for values, not for classes"):
        FoldModel(view, unused).check(LAYOUT, 3)


def test_the_view_changes_something_though_the_columns_stay():
    view = ViewState("log_target", STATE)
    assert layout_of(view, LAYOUT) == LAYOUT
    assert not adds_nothing(view, LAYOUT)
