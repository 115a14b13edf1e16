"""The broker's socket: plain HTTP on loopback, HTTPS on a cluster."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from automl_operator.broker.server import Broker

SHUTDOWN_SECONDS = 2.0


@asynccontextmanager
async def serving(
    broker: Broker, host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serve while the context is open; gives the URL. Port 0 is any free one. Raises OSError when it cannot listen.

    A handler is cancelled when its connection goes, so that nothing is granted to a caller who has left.
    """
    runner = web.AppRunner(
        broker.application(), handler_cancellation=True, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        bound = runner.addresses[0][1]
        yield f"{'https' if tls else 'http'}://{host}:{bound}"
    finally:
        await runner.cleanup()
