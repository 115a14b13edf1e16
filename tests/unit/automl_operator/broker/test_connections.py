"""Idle and hostile connections over real sockets: counted, bounded and closed."""

import asyncio
import ssl
import sys
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from automl_operator.broker.limits import TOO_MANY, TOO_MANY_OF_PEER, ConnectionLimiter, Limits
from builders.certificate_files import files_in
from fakes.broker_harness import BrokerHarness, a_harness

HALF_A_HEAD = b"POST /v1/lease HTTP/1.1\r\nHost: broker\r\nX-More: "
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: broker\r\n\r\n"


class Stranger:
    """A raw connection to the broker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def says(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> bytes:
        """The first line of an answer."""
        async with asyncio.timeout(5):
            return await self.reader.readline()

    async def is_closed(self, within: float = 5.0) -> bool:
        """True if the broker closes the connection in that time."""
        try:
            async with asyncio.timeout(within):
                return await self.reader.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


@asynccontextmanager
async def a_stranger(harness: BrokerHarness, address: str = "127.0.0.1") -> AsyncIterator[Stranger]:
    host = urlsplit(harness.url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port, local_addr=(address, 0))
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()


async def test_a_head_that_does_not_end_is_given_up_even_when_bytes_keep_coming():
    async with a_harness(limits=Limits(idle_seconds=0.3)) as harness, a_stranger(harness) as stranger:
        await stranger.says(HALF_A_HEAD)
        dripping = asyncio.create_task(drip(stranger))
        assert await stranger.is_closed(within=2.0)
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)


async def drip(stranger: Stranger) -> None:
    """Send a byte now and then, for ever."""
    while True:
        await stranger.says(b"x")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("sent", [b"", HEALTH], ids=["from the beginning", "after an answer"])
async def test_a_silent_connection_is_closed(sent: bytes):
    async with a_harness(limits=Limits(idle_seconds=0.2)) as harness, a_stranger(harness) as stranger:
        if sent:
            await stranger.says(sent)
            assert b"200" in await stranger.answer()
            await stranger.reader.readuntil(b"\r\n\r\n")
            await stranger.reader.readexactly(len(await body_of(harness)))
        assert await stranger.is_closed(within=2.0)


async def body_of(harness: BrokerHarness) -> bytes:
    """The body of an answer of /healthz."""
    async with harness.session.get(f"{harness.url}/healthz") as response:
        return await response.read()


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    files = files_in(tmp_path, "broker")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.certificate, files.key)
    return context


async def test_an_open_connection_costs_little_memory(tls: ssl.SSLContext):
    """asyncio's own buffers are 256 KiB for each: of 800 connections that say nothing, 200 MB."""
    async with a_harness(tls=tls) as harness, AsyncExitStack() as stack:
        await stack.enter_async_context(a_stranger(harness))
        tracemalloc.start()
        for _ in range(20):
            await stack.enter_async_context(a_stranger(harness))
        await asyncio.sleep(0.05)
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert held < 20 * 100_000


async def test_a_connection_without_a_handshake_is_closed(tls: ssl.SSLContext):
    async with a_harness(tls=tls, limits=Limits(handshake_seconds=0.2, connections=2)) as harness:
        async with a_stranger(harness) as one, a_stranger(harness) as other, a_stranger(harness) as third:
            assert await third.is_closed()
            assert harness.turned_away == [TOO_MANY]
            assert await one.is_closed(within=2.0)
            assert await other.is_closed(within=2.0)
        async with a_stranger(harness) as later:
            assert not await later.is_closed(within=0.1)


async def test_connections_above_the_limit_are_closed_and_a_connected_runner_is_served():
    async with a_harness(limits=Limits(connections=4)) as harness:
        assert not (await harness.runner().lease(wait=0.0)).leave
        async with AsyncExitStack() as stack:
            flood = [await stack.enter_async_context(a_stranger(harness)) for _ in range(50)]
            for stranger in flood[:3]:
                await stranger.says(HALF_A_HEAD)
            assert all([await stranger.is_closed() for stranger in flood[3:]])
            assert harness.turned_away == [TOO_MANY] * 47
            assert not (await harness.runner().lease(wait=0.0)).leave
        async with asyncio.timeout(5):
            while not await finds_room(harness):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def finds_room(harness: BrokerHarness) -> bool:
    """True if one more connection is accepted and answered."""
    async with a_stranger(harness) as stranger:
        try:
            await stranger.says(HEALTH)
            return b"200" in await stranger.answer()
        except ConnectionError:
            return False


async def assert_answered(stranger: Stranger) -> None:
    """Check that an accepted connection is answered."""
    await stranger.says(HEALTH)
    assert b"200" in await stranger.answer()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have one loopback address")
async def test_one_peer_cannot_use_up_the_connections_of_another():
    async with a_harness(limits=Limits(of_a_peer=2)) as harness, AsyncExitStack() as stack:
        flood = [await stack.enter_async_context(a_stranger(harness, "127.0.0.2")) for _ in range(5)]
        assert all([await stranger.is_closed() for stranger in flood[2:]])
        assert harness.turned_away == [TOO_MANY_OF_PEER] * 3
        await assert_answered(await stack.enter_async_context(a_stranger(harness, "127.0.0.3")))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /" + b"x" * 2000 + b" HTTP/1.1\r\n\r\n", id="a long line"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", id="a long field"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100 + b"\r\n", id="many fields"),
    ],
)
async def test_a_head_that_is_too_large_is_refused(head: bytes):
    async with a_harness() as harness, a_stranger(harness) as stranger:
        await stranger.says(head)
        assert b" 400 " in await stranger.answer()


@contextmanager
def inside(door: ConnectionLimiter, *peers: str) -> Iterator[None]:
    for peer in peers:
        assert door.enter(peer) == ""
    yield
    for peer in peers:
        door.leave(peer)


def test_a_closed_connection_makes_room_for_another():
    door = ConnectionLimiter(Limits(connections=3, of_a_peer=2))
    with inside(door, "a", "a"):
        assert door.enter("a") == TOO_MANY_OF_PEER
        with inside(door, "b"):
            assert door.enter("c") == TOO_MANY
    with inside(door, "a", "a", "c"):
        assert door.enter("b") == TOO_MANY
