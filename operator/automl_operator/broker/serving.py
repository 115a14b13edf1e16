"""The broker as a server: plain HTTP on loopback, HTTPS on a cluster."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from automl_operator.broker.limits import Limits
from automl_operator.broker.listener import Listener, listening_socket
from automl_operator.broker.server import Broker

SHUTDOWN_SECONDS = 2.0


@asynccontextmanager
async def serving(
    broker: Broker,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    limits: Limits = Limits(),  # noqa: B008  (it is frozen)
) -> AsyncIterator[str]:
    """Serve while the context is open; yields the URL. Port 0: any free port. Raises OSError when it cannot listen.

    A handler is cancelled when its connection is lost, so nothing is granted to a caller that has left.
    """
    runner = _runner(broker, limits)
    with listening_socket(host, port, limits.backlog) as listening:
        await runner.setup()
        assert runner.server is not None
        listener = Listener(runner.server, limits, tls, broker.turned_away)
        accepting = asyncio.create_task(listener.accept(listening))
        try:
            yield f"{'https' if tls else 'http'}://{host}:{listening.getsockname()[1]}"
        finally:
            accepting.cancel()
            with suppress(asyncio.CancelledError):
                await accepting
            listening.close()
            await runner.cleanup()
            await listener.close()


def _runner(broker: Broker, limits: Limits) -> web.AppRunner:
    """The application without a socket.

    aiohttp measures `keepalive_timeout` also from a connection's start, and later bytes do not extend it. So it limits
    the time for a request's head.
    """
    return web.AppRunner(
        broker.application(),
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=SHUTDOWN_SECONDS,
        keepalive_timeout=limits.idle_seconds,
        max_line_size=limits.line_bytes,
        max_field_size=limits.field_bytes,
        max_headers=limits.headers,
    )
