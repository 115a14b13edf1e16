"""Serves liveness, readiness and metrics over HTTP: /healthz, /readyz and /metrics."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

STALE_SECONDS: Final = 900.0
"""A watch that is silent for this long is dead. Bookmarks come every minute, and a full list every ten. Shorter silence
may be an outage of the API server, or this process was frozen: a restart would not help."""


def stale(ages: Mapping[str, float], limit: float = STALE_SECONDS) -> list[str]:
    """A sentence for each resource whose watch was silent for longer than `limit` seconds."""
    return [
        f"{resource}: no event for {seconds:.0f} s, more than {limit:.0f} s"
        for resource, seconds in sorted(ages.items())
        if seconds > limit
    ]


class Health:
    """`ages` returns the seconds since each resource's last event, `missing` a sentence for each thing not ready yet.

    The event loop that does all the work answers /healthz, so a blocked loop does not answer.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        *,
        ages: Callable[[], Mapping[str, float]],
        missing: Callable[[], Sequence[str]],
    ) -> None:
        self._registry = registry
        self._ages = ages
        self._missing = missing

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application()
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/readyz", self._readyz)
        application.router.add_get("/metrics", self._metrics)
        return application

    async def _healthz(self, request: web.Request) -> web.Response:  # noqa: ARG002  (aiohttp passes it)
        ages = self._ages()
        watches = {resource: round(seconds, 1) for resource, seconds in sorted(ages.items())}
        return _verdict(stale(ages), {"secondsSinceLastNews": watches})

    async def _readyz(self, request: web.Request) -> web.Response:  # noqa: ARG002  (aiohttp passes it)
        return _verdict(self._missing(), {})

    async def _metrics(self, request: web.Request) -> web.Response:  # noqa: ARG002  (aiohttp passes it)
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _verdict(problems: Sequence[str], more: Mapping[str, object]) -> web.Response:
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    return web.json_response({"ok": not problems, "problems": list(problems), **more}, status=status)


@asynccontextmanager
async def serving_health(health: Health, port: int) -> AsyncIterator[int]:
    """Serve on every address while the context is open, and yield the port. Raises OSError when it cannot listen."""
    runner = web.AppRunner(health.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "", port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
