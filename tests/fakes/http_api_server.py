"""An API server on loopback with scripted answers that keeps the requests."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


Respond = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpApiServer:
    """Answers requests in the order of the script; after its end a request hangs."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._script: deque[Respond] = deque()
        self._served: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._served is not None
        return str(self._served.make_url("/")).rstrip("/")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["HttpApiServer"]:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._respond)
        self._served = TestServer(application)
        await self._served.start_server(shutdown_timeout=0.1)
        try:
            yield self
        finally:
            await self._served.close()

    def answers(
        self, status: int = 200, body: Any = None, *, times: int = 1, headers: Mapping[str, str] | None = None
    ) -> None:
        """Script this answer for the next `times` requests."""

        async def respond(request: web.Request) -> web.StreamResponse:
            return web.json_response(body if body is not None else {}, status=status, headers=headers)

        self._script.extend([respond] * times)

    def hangs_up(self) -> None:
        """Script a closed connection for the next request, without an answer."""

        async def respond(request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        self._script.append(respond)

    def streams(self, *chunks: bytes, then: str = "end") -> None:
        """Script a watch for the next request: it sends these chunks, and then ends, hangs up or stays silent."""

        async def respond(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            for chunk in chunks:
                await response.write(chunk)
                await asyncio.sleep(0.01)  # so that the chunks arrive one by one
            if then == "hang up":
                assert request.transport is not None
                request.transport.close()
            elif then == "silence":
                await asyncio.Event().wait()
            return response

        self._script.append(respond)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), body))
        if not self._script:
            await asyncio.Event().wait()
        return await self._script.popleft()(request)
