"""The World on Kubernetes keeps the contract of every World, over an API server in memory."""

import pytest

from contracts.world import WorldContract
from fakes.kube_world_harness import KubeWorldHarness


class TestKubeWorld(WorldContract):
    @pytest.fixture
    def harness(self, harness: KubeWorldHarness) -> KubeWorldHarness:
        return harness
