"""Each view keeps the views' contract."""

import pytest

from automl_runner.views import VIEWS
from contracts.view import ViewContract


class TestEveryView(ViewContract):
    @pytest.fixture(autouse=True, params=VIEWS)
    def _of_this_name(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
