"""A namespace that is served by name and in which our rights are gone, with the namespace or with a role."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from automl_api.kinds import EXPERIMENTS, PODS, Kind
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.api import Listing
from automl_operator.kube.api.errors import Forbidden
from automl_operator.kube.world.world import KubeWorld
from builders.control import a_minimal_experiment
from builders.kube import settings
from fakes.api_server import FakeApiServer
from fakes.clock import settle
from fakes.kube_world_harness import PodTokens

GONE, HERE = Key("gone", "churn"), Key("here", "churn")


class Refusing(FakeApiServer):
    """A server that lets us list only some kinds in the namespace `gone`."""

    def __init__(self, *listed: Kind) -> None:
        super().__init__()
        self.listed = listed

    async def pages(self, kind: Kind, namespace: str | None = None, **options: Any) -> AsyncGenerator[Listing, None]:
        if namespace == GONE.namespace and kind not in self.listed:
            raise Forbidden("cannot list", status=403)
        async for page in super().pages(kind, namespace, **options):
            yield page


@pytest.mark.parametrize("listed", [(), (EXPERIMENTS,), (EXPERIMENTS, PODS)], ids=["nothing", "little", "more"])
async def test_a_namespace_without_rights_delays_no_other_and_nothing_is_decided_there(
    listed: tuple[Kind, ...],
) -> None:
    api = Refusing(*listed)
    for key in (GONE, HERE):
        api.add(
            EXPERIMENTS, key.namespace, {"metadata": {"name": key.name}, "spec": a_minimal_experiment().spec.to_dict()}
        )
    served = settings(namespaces=(GONE.namespace, HERE.namespace))
    world = KubeWorld(api, served, PodTokens(api), broker_ca=lambda: "")
    assert world.unlisted()
    running = asyncio.create_task(world.run())
    await settle()
    async with asyncio.timeout(5):
        await world.synced()
        assert not world.unlisted()
        assert await world.observe(HERE) is not None
        with pytest.raises(Unavailable, match="namespace gone"):
            await world.observe(GONE)
    running.cancel()
    await asyncio.wait([running])


async def test_without_any_rights_the_world_is_not_ready() -> None:
    api = Refusing()
    world = KubeWorld(api, settings(namespaces=(GONE.namespace,)), PodTokens(api), broker_ca=lambda: "")
    running = asyncio.create_task(world.run())
    async with asyncio.timeout(5):
        await world.synced()
    assert world.unlisted() == {watch.kind.plural for watch in world.watches}, "every list is answered, by a refusal"
    with pytest.raises(Unavailable, match="namespace gone"):
        await world.observe(GONE)
    running.cancel()
    await asyncio.wait([running])
