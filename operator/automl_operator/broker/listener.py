"""The broker's socket. A connection counts from its acceptance on, before any bytes are read.

asyncio's own servers report a connection only after its TLS handshake, so they cannot limit handshakes that never end.
"""

import asyncio
import logging
import socket
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from typing import Final

from automl_operator.broker.limits import ConnectionLimiter, Limits

PAUSE_SECONDS: Final = 1.0
"""The pause after a failure to accept a connection, mostly for lack of file descriptors."""

TLS_BUFFER_BYTES: Final = 32 * 1024
"""Two TLS records. asyncio's own buffer of 256 KiB would be nine tenths of the memory of an open connection."""

logger = logging.getLogger(__name__)


class Listener:
    """Accepts connections for a server's protocols. `turned_away` gets the reason of each refused connection."""

    def __init__(
        self,
        protocols: Callable[[], asyncio.Protocol],
        limits: Limits,
        tls: ssl.SSLContext | None,
        turned_away: Callable[[str], None],
    ) -> None:
        self._protocols = protocols
        self._limits = limits
        self._tls = tls
        if tls is not None:
            SSLProtocol.max_size = TLS_BUFFER_BYTES
        self._turned_away = turned_away
        self._door = ConnectionLimiter(limits)
        self._open: set[asyncio.Task[None]] = set()

    async def accept(self, listening: socket.socket) -> None:
        """Accept connections until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, address = await loop.sock_accept(listening)
            except OSError as error:
                logger.warning("a connection could not be accepted: %s", error)
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            peer = str(address[0])
            if reason := self._door.enter(peer):
                accepted.close()
                self._turned_away(reason)
                continue
            task = loop.create_task(self._serve(accepted, peer))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """End all open connections."""
        tasks = tuple(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, accepted: socket.socket, peer: str) -> None:
        loop = asyncio.get_running_loop()
        connection = _Connection(self._protocols(), loop.create_future())
        seconds = self._limits.handshake_seconds if self._tls else None
        try:
            await loop.connect_accepted_socket(
                lambda: connection, accepted, ssl=self._tls, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds
            )
            await connection.lost
        except OSError as error:
            logger.debug("no TLS with %s: %s", peer, error)
        finally:
            accepted.close()
            self._door.leave(peer)


class _Connection(asyncio.Protocol):
    """A wrapper around a protocol; `lost` is done once the connection is lost."""

    def __init__(self, protocol: asyncio.Protocol, lost: asyncio.Future[None]) -> None:
        self.lost = lost
        self._protocol = protocol
        self.data_received = protocol.data_received  # type: ignore[method-assign]  # a wrapper would cost time

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._protocol.connection_made(transport)

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)
        if not self.lost.done():
            self.lost.set_result(None)


def listening_socket(host: str, port: int, backlog: int) -> socket.socket:
    """A listening socket. An empty host means all addresses, of both IP families where possible. Raises OSError."""
    if host:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=backlog)
    elif socket.has_dualstack_ipv6():
        listening = socket.create_server(("", port), family=socket.AF_INET6, backlog=backlog, dualstack_ipv6=True)
    else:
        listening = socket.create_server(("", port), backlog=backlog)
    listening.setblocking(False)
    return listening
