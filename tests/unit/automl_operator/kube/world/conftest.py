"""A KubeWorld over a fake API server for the tests of this room."""

from collections.abc import AsyncIterator

import pytest

from fakes.kube_premises import KubePremises, kube_premises


@pytest.fixture
async def premises() -> AsyncIterator[KubePremises]:
    async with kube_premises() as premises:
        yield premises
