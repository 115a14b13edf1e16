"""Each view keeps the views' contract."""

import pytest

from automl_runner.views import VIEWS
from contracts.view import ViewContract

PUBLISHED = {"plain", "target_encoding", "generated_features", "text_components", "log_target"}
"""Names that stored plans, trials and bundles use; a new view need not be added."""


def test_no_view_is_removed() -> None:
    assert set(VIEWS) >= PUBLISHED


class TestEveryView(ViewContract):
    @pytest.fixture(autouse=True, params=VIEWS)
    def _of_this_name(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param
