"""A KubeWorld over a fake API server, with a Job controller and a kubelet that react at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from automl_api.kinds import EVENTS, EXPERIMENTS, JOBS, PODS
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.decisions.state.actions import WorldAction
from automl_operator.decisions.state.snapshot import Key, Snapshot
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.tokens import Claims
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.world.world import KubeWorld
from builders.control import a_minimal_experiment
from builders.kube import NAMESPACE, settings
from fakes.api_server import FakeApiServer
from fakes.clock import FakeClock, settle
from fakes.controllers import FakeJobController


class PodTokens:
    """A verifier that accepts `token-of-` and the uid of a pod as the pod's token."""

    def __init__(self, api: FakeApiServer) -> None:
        self._api = api

    async def verify(self, token: str) -> Claims:
        """The claims of the pod that the token belongs to."""
        for pod in self._api.all(PODS):
            meta = pod["metadata"]
            if token == f"token-of-{meta['uid']}":
                return Claims(meta["namespace"], meta["name"], meta["uid"], "default", 2e9)
        raise Unauthorized("the token was not made by the API server", reason="BadSignature")


class SettledWorld:
    """A World whose actions return after the cluster has reacted and the caches have been updated."""

    def __init__(self, world: KubeWorld) -> None:
        self._world = world

    async def observe(self, key: Key) -> Snapshot | None:
        return await self._world.observe(key)

    async def apply(self, key: Key, action: WorldAction) -> None:
        await self._world.apply(key, action)
        await settle()

    def changes(self) -> AsyncIterator[Key]:
        return self._world.changes()

    async def identify(self, token: str) -> RunnerId:
        return await self._world.identify(token)


@dataclass
class KubeWorldHarness:
    """The interface that WorldContract needs, and the objects behind it."""

    api: FakeApiServer
    cluster: FakeJobController
    kube: KubeWorld
    clock: FakeClock
    key: Key = field(default_factory=lambda: Key(NAMESPACE, "churn"))
    pool: str = "cpu"
    ca: Callable[[], str] = lambda: "-----CA-----"
    """Reads the CA of the broker's certificate."""

    @property
    def world(self) -> SettledWorld:
        """The World as the contract sees it."""
        return SettledWorld(self.kube)

    async def edit(self, **changes: Any) -> None:
        """The user patches the spec."""
        self.api.change(EXPERIMENTS, self.key.namespace, self.key.name, {"spec": changes})
        await settle()

    async def token(self, runner: str) -> str:
        """The token in a runner's pod."""
        return f"token-of-{self.pod(runner)['metadata']['uid']}"

    async def end_runner(self, runner: str) -> None:
        """Kill a runner's process."""
        self.cluster.end(self.pod(runner), 137)

    def pod(self, runner: str) -> Object:
        """The pod of a runner."""
        job = self.api.stored(JOBS, self.key.namespace, runner)
        assert job is not None
        pod = self.cluster.pod_of(job)
        assert pod is not None
        return pod

    async def snapshot(self) -> Snapshot:
        """The experiment as a decision sees it, after the caches have been updated."""
        await settle()
        snapshot = await self.kube.observe(self.key)
        assert snapshot is not None
        return snapshot

    def apply_experiment(self, name: str = "churn", **spec: Any) -> Object:
        """The user applies an experiment."""
        experiment = a_minimal_experiment(name, **spec)
        body = {"metadata": {"name": name}, "spec": experiment.spec.to_dict()}
        return self.api.add(EXPERIMENTS, NAMESPACE, body)

    def own_events(self) -> list[tuple[str, str, str]]:
        """The operator's Events so far: type, reason and message."""
        return [(e["type"], e["reason"], e["message"]) for e in self.api.all(EVENTS) if "reportingComponent" in e]


@asynccontextmanager
async def kube_world_harness(given: OperatorSettings | None = None) -> AsyncIterator[KubeWorldHarness]:
    """A World with an experiment `churn`; all tasks end with the context."""
    api, clock = FakeApiServer(), FakeClock()
    cluster = FakeJobController(api)

    def read_ca() -> str:
        return harness.ca()

    world = KubeWorld(api, given or settings(), PodTokens(api), broker_ca=read_ca, instance="operator-0", clock=clock)
    harness = KubeWorldHarness(api, cluster, world, clock)
    harness.apply_experiment()
    tasks = [asyncio.create_task(world.run()), asyncio.create_task(cluster.run())]
    await world.synced()
    try:
        yield harness
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
