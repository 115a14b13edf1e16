"""Runs kopf, which watches experiments and nothing else, and never writes.

kopf has a thread and an event loop of its own: `kopf.operator()` replaces its loop's signal handlers, and when it ends
it cancels every later task of that loop. In our loop those would be our reconciles.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import kopf

from automl_api.kinds import EXPERIMENTS
from automl_operator.kube.api.access import Access
from automl_operator.kube.api.api import Object

LOGIN_SECONDS: Final = 300.0
"""The time after which the token file is read again; the kubelet renews it at 80 % of its life."""
BACKOFFS: Final = (1, 1, 2, 3, 5, 8, 13, 21, *(30,) * 18)
"""Ten minutes in all: a shorter outage of the API server ends neither kopf nor the process."""
TURN_SECONDS: Final = 5.0
IDENTITY: Final[Any] = "automl-operator"
"""Our identity for kopf's peering, which is off. Without it kopf needs the user's name, which an image may lack."""
_FOREIGN_THREAD: Final = "OS signals are ignored"


class ShellEnded(Exception):
    """kopf has ended, so that it no longer watches experiments."""


class OnExperiment(Protocol):
    """The receiver of kopf's events."""

    def __call__(self, experiment: Object, *, deleted: bool) -> None:
        """Receive an experiment as it is now, or as it was when it was deleted."""
        ...


class Shell:
    """Runs kopf in a thread; `notice` is called on the event loop of `run`."""

    def __init__(
        self, access: Access, namespaces: tuple[str, ...], notice: OnExperiment, clock: Callable[[], float]
    ) -> None:
        self._access = access
        self._namespaces = namespaces
        self._notice = notice
        self._clock = clock
        self.turned_at = clock()
        """The time at which kopf's event loop last ran, in the clock's seconds."""
        self._ours: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], None] = lambda: None

    async def run(self) -> None:
        """Run kopf until cancelled. Raises ShellEnded, with the cause, when kopf ends."""
        self._ours = asyncio.get_running_loop()
        ended: asyncio.Future[str] = self._ours.create_future()
        thread = threading.Thread(target=self._thread, args=(ended,), name="kopf", daemon=True)
        logging.getLogger("kopf._core.reactor.running").addFilter(_not_about_threads)
        thread.start()
        try:
            raise ShellEnded(await ended)
        finally:
            with _silence_kopf():
                self._stop()
                await asyncio.to_thread(thread.join, 1.0)

    def _thread(self, ended: "asyncio.Future[str]") -> None:
        try:
            asyncio.run(self._operate())
            message = "kopf has ended without an error"
        except BaseException as error:
            message = f"kopf has failed: {type(error).__name__}: {error}"
            logging.getLogger(__name__).exception("kopf has failed")
        self._call_ours(_resolve, ended, message)

    async def _operate(self) -> None:
        theirs, stop = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: _call(theirs, stop.set)
        turning = asyncio.create_task(self._turn())
        try:
            await kopf.operator(
                registry=self._registry(),
                settings=_settings(),
                standalone=True,
                clusterwide=not self._namespaces,
                namespaces=self._namespaces,
                identity=IDENTITY,
                stop_flag=stop,
            )
        finally:
            turning.cancel()

    async def _turn(self) -> None:
        while True:
            self.turned_at = self._clock()
            await asyncio.sleep(TURN_SECONDS)

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:
            return _connection(self._access)

        @kopf.on.event(EXPERIMENTS.group, EXPERIMENTS.version, EXPERIMENTS.plural, registry=registry)
        async def on_event(event: Any, **_: Any) -> None:
            self._call_ours(self._on_event, event["type"] == "DELETED", event["object"])

        return registry

    def _on_event(self, deleted: bool, experiment: Object) -> None:
        metadata = {key: value for key, value in experiment["metadata"].items() if key != "managedFields"}
        self._notice({**experiment, "metadata": metadata}, deleted=deleted)

    def _call_ours(self, call: Callable[..., None], *arguments: Any) -> None:
        assert self._ours is not None
        _call(self._ours, call, *arguments)


def _call(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    with suppress(RuntimeError):  # the loop is closed, so nobody waits for the call
        loop.call_soon_threadsafe(call, *arguments)


def _resolve(ended: "asyncio.Future[str]", message: str) -> None:
    if not ended.done():
        ended.set_result(message)


@contextmanager
def _silence_kopf() -> Iterator[None]:
    """Silence kopf's log while it ends: it complains about connections that it has closed itself."""
    logger = logging.getLogger("kopf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _not_about_threads(record: logging.LogRecord) -> bool:
    """False for kopf's warning that it ignores signals, which is what we want."""
    return _FOREIGN_THREAD not in str(record.msg)


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.watching.chunk_size = 500
    settings.networking.connect_timeout = 10.0
    settings.networking.request_timeout = 60.0
    settings.networking.error_backoffs = BACKOFFS
    settings.queueing.exit_timeout = 0.2
    settings.process.ultimate_exiting_timeout = None
    return settings


def _connection(access: Access) -> kopf.ConnectionInfo:
    """A connection to the client's API server, as the same user. Raises kopf.LoginError."""
    try:
        found = access.blocking_configuration()
    except Exception as error:
        raise kopf.LoginError(str(error)) from error
    scheme, _, token = (found.get_api_key_with_prefix("BearerToken") or "").rpartition(" ")
    return kopf.ConnectionInfo(
        server=found.host,
        ca_path=found.ssl_ca_cert or None,
        insecure=not found.verify_ssl,
        certificate_path=found.cert_file or None,
        private_key_path=found.key_file or None,
        scheme=scheme or ("Bearer" if token else None),
        token=token or None,
        expiration=datetime.now(UTC) + timedelta(seconds=LOGIN_SECONDS),
    )
