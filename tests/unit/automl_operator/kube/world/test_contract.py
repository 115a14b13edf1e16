"""The World on Kubernetes is held to the contract of every World, over an API server in memory."""

import pytest

from contracts.world import WorldContract
from fakes.kube_premises import KubePremises


class TestKubeWorld(WorldContract):
    @pytest.fixture
    def premises(self, premises: KubePremises) -> KubePremises:
        return premises
