"""The operator as a process: builds its parts, starts them in order, and stops them in order."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, Protocol

from aiohttp import web

from automl_api import names
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.identity import RunnerId
from automl_operator.broker.server import RETRY_AFTER_SECONDS, Broker
from automl_operator.broker.serving import serving
from automl_operator.controller.controller import Controller
from automl_operator.controller.suggestions import SuggestionWorker
from automl_operator.controller.world import Unavailable
from automl_operator.decisions import decide
from automl_operator.kube.api.access import Access
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.leadership import Leadership, LeaderTerm, new_identity, seconds_awake_or_not
from automl_operator.kube.api.token_bucket import TokenBucket
from automl_operator.kube.api.tokens import ISSUER_PATH, KEYS_PATH, TokenVerifier
from automl_operator.kube.health import Health, serving_health
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.shell import Shell, ShellEnded
from automl_operator.kube.telemetry.metered import MeteredSuggestions, MeteredWorld, metered
from automl_operator.kube.telemetry.telemetry import Telemetry
from automl_operator.kube.tls import ServerCertificate, read_ca
from automl_operator.kube.world.world import KubeWorld

DRAIN_SECONDS: Final = 2.0
"""Seconds that writes in progress may take after the process was asked to stop."""
RELEASE_SECONDS: Final = 1.5
SHELL_SECONDS: Final = 10.0
"""The pause before kopf is restarted; meanwhile only our own list-watch follows the experiments."""
EVERYWHERE: Final = ""
"""The host name for all addresses, IPv4 and IPv6."""

_log = logging.getLogger(__name__)


class Process:
    """One operator. `on_lost(why)` is called from another thread when the lease is lost; the process must then end."""

    def __init__(
        self, settings: OperatorSettings, access: Access, version: str, on_lost: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._access = access
        self._on_lost = on_lost
        self._leader_term = LeaderTerm()
        self._clock = steady_clock()
        self._listening = False
        self._world: KubeWorld | None = None
        self._shell: Shell | None = None
        self._telemetry = Telemetry(version, clock=time.monotonic, leads=self._leads, ages=self._ages)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then stop in order.

        Raises NoAccess, NoCertificate, ApiError or OSError when it cannot start, and an ExceptionGroup when one of
        its tasks fails.
        """
        async with AsyncExitStack() as stack:
            health = Health(self._telemetry.registry, ages=self._ages, missing=self._missing)
            port = await stack.enter_async_context(serving_health(health, self._settings.health.port))
            _log.info("health and metrics are served on port %d", port)
            certificate = ServerCertificate(Path(self._settings.broker.certificate), Path(self._settings.broker.key))
            api = await stack.enter_async_context(await self._connect())
            world = self._world = await self._make_world(api)
            shell = self._shell = Shell(self._access, self._settings.namespaces, world.notice, time.monotonic)
            async with asyncio.TaskGroup() as group:
                parts = [group.create_task(part) for part in (world.run(), kept_up(shell), certificate.follow())]
                await self._serve(world, certificate, stop)
                for part in parts:
                    part.cancel()

    async def _connect(self) -> KubernetesApi:
        bucket = TokenBucket(qps=self._settings.api.qps, burst=self._settings.api.burst)
        leads = self._leads
        return await KubernetesApi.connect(self._access, bucket=bucket, observer=self._telemetry.api, may_write=leads)

    async def _make_world(self, api: KubernetesApi) -> KubeWorld:
        discovery = await api.document(ISSUER_PATH)
        verifier = TokenVerifier(
            lambda: api.document(KEYS_PATH), audience=names.RUNNER_AUDIENCE, issuer=str(discovery["issuer"])
        )
        ca = Path(self._settings.broker.ca)
        read_ca(ca)
        return KubeWorld(
            api,
            self._settings,
            verifier,
            broker_ca=lambda: read_ca(ca),
            instance=new_identity(),
            clock=self._clock,
            observer=self._telemetry.api,
        )

    async def _serve(self, world: KubeWorld, certificate: ServerCertificate, stop: asyncio.Event) -> None:
        """Serve runners until `stop` is set; answer `not-leader` without the lease. Raises the error of the work."""
        memories = ExperimentMemories(self._clock)
        broker = Broker(_identity(world), memories, term=self._leader_term.term, observer=self._telemetry.broker)
        async with serving(broker, EVERYWHERE, self._settings.broker.port, tls=certificate.context) as url:
            _log.info("the broker is served on port %s", url.rpartition(":")[2])
            self._listening = True
            work = asyncio.create_task(self._work(world, memories))
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._listening = False
                stopping.cancel()
                work.cancel()
                await asyncio.wait({work})
            if not work.cancelled():
                work.result()

    async def _work(self, world: KubeWorld, memories: ExperimentMemories) -> None:
        """Wait until this process leads, then reconcile until cancelled."""
        telemetry = self._telemetry
        await world.synced()
        async with self._leading(world), _suggestions() as worker:
            await Controller(
                MeteredWorld(world, telemetry.metrics, telemetry.experiments),
                memories,
                metered(decide, telemetry.experiments, telemetry.metrics),
                MeteredSuggestions(worker, telemetry.metrics, time.monotonic),
                clock=self._clock,
                drain_seconds=DRAIN_SECONDS,
                observer=telemetry.loop,
            ).run()

    @asynccontextmanager
    async def _leading(self, world: KubeWorld) -> AsyncIterator[None]:
        """A context in which this process leads. Runners are served only inside it."""
        election = self._settings.leader_election
        if not election.enabled:
            # A Lease's terms are revisions, too, so leader election can be turned on and off while runners work.
            term = world.revision()
            self._leader_term.take(lambda: term)
            _log.info("this process leads without election, term %d", term)
            try:
                yield
            finally:
                self._leader_term.leave()
            return
        lease = Leadership.connect(election.namespace, election.name, on_lost=self._on_lost, access=self._access)
        try:
            await lease.acquire()
            self._leader_term.take(lease.term)
            yield
        finally:
            self._leader_term.leave()
            await _released(lease)

    def _leads(self) -> bool:
        return self._leader_term.term() is not None

    def _ages(self) -> dict[str, float]:
        """Seconds since each resource's watch last heard from the server, and since kopf's loop last ran."""
        now = time.monotonic()
        ages: dict[str, float] = {}
        for watch in self._world.watches if self._world is not None else ():
            ages[watch.kind.plural] = max(now - watch.fresh_at, ages.get(watch.kind.plural, 0.0))
        if self._shell is not None:
            ages["kopf"] = now - self._shell.turned_at
        return ages

    def _missing(self) -> list[str]:
        if self._world is None or not self._listening:
            return ["the broker is not served"]
        return [f"{resource} are not listed yet" for resource in sorted(self._world.unlisted())]


def steady_clock() -> Callable[[], float]:
    """A clock of Unix seconds that ignores changes of the machine's clock, and runs on while the machine sleeps."""
    offset = time.time() - seconds_awake_or_not()
    return lambda: seconds_awake_or_not() + offset


class Runnable(Protocol):
    """Work that may end with ShellEnded, such as Shell."""

    async def run(self) -> None:
        """Work until it is cancelled. Raises ShellEnded."""
        ...


async def kept_up(shell: Runnable, pause: float = SHELL_SECONDS) -> None:
    """Run the shell for ever; restart it `pause` seconds after it has ended.

    A deleted namespace or one bad watch event ends kopf; the other namespaces must go on.
    """
    while True:
        try:
            await shell.run()
        except ShellEnded as error:
            _log.warning("%s; it starts again in %g s", error, pause)
        await asyncio.sleep(pause)


def _identity(world: KubeWorld) -> Callable[[str], Awaitable[RunnerId]]:
    """`world.identify`, but when the API server fails, the runner gets a 503 and retries."""

    async def identify(token: str) -> RunnerId:
        try:
            return await world.identify(token)
        except Unavailable as error:
            again = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            raise web.HTTPServiceUnavailable(text=str(error), headers=again) from error

    return identify


async def _released(lease: Leadership) -> None:
    try:
        async with asyncio.timeout(RELEASE_SECONDS):
            await asyncio.to_thread(lease.release)
    except TimeoutError:
        _log.warning("the lease was not released within %g s; the next process waits until it expires", RELEASE_SECONDS)


@asynccontextmanager
async def _suggestions() -> AsyncIterator[SuggestionWorker]:
    worker = SuggestionWorker()
    try:
        await worker.start()
        yield worker
    finally:
        await worker.close()
