"""Each view keeps the views' contract."""

from dataclasses import replace

import numpy as np
import pytest

from automl_api.metrics import Task
from automl_model.features import Features
from automl_model.views import ViewState
from automl_runner.learners.learner import TrainingSet
from automl_runner.views import VIEWS
from contracts.view import ViewContract

PUBLISHED = {"plain", "target_encoding", "generated_features", "text_components", "log_target"}
"""Names that stored plans, trials and bundles use; a new view need not be added."""


def test_no_view_is_removed() -> None:
    assert set(VIEWS) >= PUBLISHED


class TestTheLogarithmOfAPositiveTarget(ViewContract):
    name = "log_target"

    def fit(self, train: TrainingSet, task: Task = "binary", seed: int = 0) -> tuple[ViewState, Features]:
        positive = train if task != "regression" else replace(train, target=np.exp(train.target))
        return super().fit(positive, task, seed)


class TestEveryView(ViewContract):
    @pytest.fixture(autouse=True, params=VIEWS)
    def _of_this_name(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
