"""The fake cluster keeps the contract of the real one."""

from pathlib import Path

import pytest

from contracts.user_cluster import UserClusterContract
from fakes.user_cluster import FakeUserCluster


class TestFakeCluster(UserClusterContract):
    @pytest.fixture
    def user_cluster(self, tmp_path: Path) -> FakeUserCluster:
        return FakeUserCluster(tmp_path)
