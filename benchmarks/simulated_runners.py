"""Simulated runners: the product's agent, one for each live pod of a runner, with children that only wait.

The pods do nothing. The agents run in this process, connect to the broker's Service over HTTPS, and send tokens of
their pods.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from cluster_bench import Bench

from automl_api.kinds import PODS
from automl_api.names import RUNNER_AUDIENCE
from automl_api.protocol import Announcement, Assignment, RunnerEnvironment
from automl_api.resources.trial import FoldResult
from automl_runner.agent.agent import Agent
from automl_runner.agent.broker_client import BrokerClient
from automl_runner.children.messages import ChildOutcome
from automl_runner.launchers import Child, Crash

sys.path.append(str(Path(__file__).parent / "runner_image"))
import sleeping

TOKEN_SECONDS = 3 * 3600


class Pace:
    """The duration of fits: `seconds`, or endless after `have_none_end`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._endless = asyncio.Event()

    def have_none_end(self) -> None:
        """Let the current fits and all later ones never end."""
        self._endless.set()

    async def fit(self) -> None:
        """Wait for the duration of a fit."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._endless.wait(), self.seconds)
            await asyncio.Future[None]()


class WaitingChild:
    """A child without a process."""

    pid = 0

    def __init__(self, assignment: Assignment, pace: Pace) -> None:
        self._assignment = assignment
        self._pace = pace
        self._signal: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def ending(self, on_fold: Callable[[FoldResult], None]) -> ChildOutcome | Crash:
        """See Child."""
        work = asyncio.create_task(_outcome(self._assignment, self._pace))
        try:
            await asyncio.wait((work, self._signal), return_when=asyncio.FIRST_COMPLETED)
        finally:
            work.cancel()
        if not work.done():
            return Crash(signal=self._signal.result())
        outcome = work.result()
        for fold in outcome.folds:
            on_fold(fold)
        return outcome

    def send_signal(self, number: int) -> None:
        """See Child."""
        if not self._signal.done():
            self._signal.set_result(number)


class WaitingLauncher:
    """A Launcher of WaitingChild."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    async def open(self) -> None:
        """See Launcher."""

    async def start(self, assignment: Assignment) -> Child:
        """See Launcher."""
        return WaitingChild(assignment, self._pace)

    def processes(self) -> tuple[int, ...]:
        """See Launcher."""
        return ()

    async def close(self) -> None:
        """See Launcher."""


async def _outcome(assignment: Assignment, pace: Pace) -> ChildOutcome:
    if assignment.fit is not None:
        await pace.fit()
        return ChildOutcome(folds=(sleeping.fold(assignment.fit, pace.seconds),))
    if assignment.finalize is not None:
        return ChildOutcome(model=sleeping.model(assignment.finalize, assignment.store))
    return ChildOutcome(plan=sleeping.plan(seconds=1.0))


class _Service(AbstractResolver):
    """Resolves the broker's name, which exists only inside the cluster, to its Service's address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """See AbstractResolver."""
        return [ResolveResult(hostname=host, host=self._address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """See AbstractResolver."""


class SimulatedRunners:
    """Runs an agent for each running pod. `folder` has their tokens and the broker's CA."""

    def __init__(self, bench: Bench, folder: Path, pace: Pace) -> None:
        self._bench = bench
        self._folder = folder
        self._pace = pace
        self._host, self._address = bench.broker()
        self._ca = folder / "ca.crt"
        self._ca.write_text(bench.broker_ca(), encoding="ascii")
        self._agents: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Run an agent for every pod, until the pod ends or the broker tells the agent to leave. Never returns."""
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(await self._bench.api())
            group = await stack.enter_async_context(asyncio.TaskGroup())
            while True:
                listed = (await api.list(PODS, self._bench.namespace)).items
                pods = {pod["metadata"]["uid"]: pod for pod in listed if _runs(pod)}
                for uid in pods.keys() - self._agents.keys():
                    self._agents[uid] = group.create_task(self._speak(pods[uid]))
                for uid in self._agents.keys() - pods.keys():
                    self._agents[uid].cancel()
                await asyncio.sleep(1.0)

    async def _speak(self, pod: dict[str, Any]) -> None:
        environment = RunnerEnvironment(
            broker_url=f"https://{self._host}:8443",
            token_file=str(await asyncio.to_thread(self._token, pod)),
            broker_ca=str(self._ca),
        )
        announcement = Announcement(slots=1, memory_bytes=2**30, learners=(sleeping.LEARNER,))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=_Service(self._address))) as session:
            client = BrokerClient(session, environment, Random(0))
            agent = Agent(client, WaitingLauncher(self._pace), announcement, environment.heartbeat_seconds)
            await agent.run()

    def _token(self, pod: dict[str, Any]) -> Path:
        metadata = pod["metadata"]
        file = self._folder / str(metadata["uid"])
        token = self._bench.cluster.mint_token(
            namespace=metadata["namespace"],
            service_account=pod["spec"]["serviceAccountName"],
            pod=metadata["name"],
            pod_uid=metadata["uid"],
            audience=RUNNER_AUDIENCE,
            expires=time.time() + TOKEN_SECONDS,
        )
        file.write_text(token, encoding="ascii")
        return file


def _runs(pod: dict[str, Any]) -> bool:
    return pod.get("status", {}).get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


@asynccontextmanager
async def speaking(runners: SimulatedRunners) -> AsyncIterator[None]:
    """A context in which the runners are at work. Raises an error that ended them."""
    task = asyncio.create_task(runners.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
