"""Each learner keeps the learners' contract."""

import pytest

from automl_runner.learners import LEARNERS
from contracts.learner import LearnerContract


class TestEveryLearner(LearnerContract):
    @pytest.fixture(autouse=True, params=LEARNERS)
    def _of_this_name(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
