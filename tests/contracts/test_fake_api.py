"""The fake API server keeps the contract of the real one."""

import pytest

from contracts.api import ApiContract
from fakes.api_server import FakeApiServer


class TestFakeApi(ApiContract):
    @pytest.fixture
    def api(self) -> FakeApiServer:
        server = FakeApiServer()
        server.compact()
        return server

    @pytest.fixture
    def namespace(self) -> str:
        return "default"
