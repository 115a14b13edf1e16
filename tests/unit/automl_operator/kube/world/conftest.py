"""A KubeWorld over a fake API server for the tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from fakes.kube_world_harness import KubeWorldHarness, kube_world_harness


@pytest.fixture
async def harness() -> AsyncIterator[KubeWorldHarness]:
    async with kube_world_harness() as harness:
        yield harness
