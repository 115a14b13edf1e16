"""Each learner keeps the learners' contract."""

import pytest

from automl_runner.learners import LEARNERS
from contracts.learner import LearnerContract

PUBLISHED = {"linear", "lightgbm", "hist_gradient_boosting", "random_forest", "extra_trees"}
"""Names that stored plans and trials use; a new learner need not be added."""


def test_no_learner_is_removed() -> None:
    assert set(LEARNERS) >= PUBLISHED


class TestEveryLearner(LearnerContract):
    @pytest.fixture(autouse=True, params=LEARNERS)
    def _of_this_name(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
        if self.name == "mlp":
            self.rows_of_a_rare_class = 1_000  # it takes ten times as long as the others
