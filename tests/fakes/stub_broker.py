"""A broker that hands out the assignments that a test queues, and remembers all messages."""

import asyncio
import contextlib
from collections import deque

from aiohttp import web

from automl_api.protocol import Assignment, HeartbeatAnswer, HeartbeatRequest, LeaseAnswer, LeaseRequest, ResultRequest


class StubBroker:
    """Serves on loopback. A runner has one open call: a newer call ends an older one with an empty answer."""

    def __init__(self, ssl_context=None):
        self.ssl_context = ssl_context
        self.queue: deque[Assignment] = deque()
        self.leases: list[LeaseRequest] = []
        self.heartbeats: list[HeartbeatRequest] = []
        self.results: list[ResultRequest] = []
        self.authorizations: list[str] = []
        self.cancel: set[str] = set()
        self.term = 0
        self.leave_when_empty = True
        self.refusal: web.Response | None = None
        self.refusals = 0
        self.answer_delay = 0.0
        """Seconds between the decision about a result and the answer to the runner."""
        self.refused_heartbeats = 0
        """Number of next heartbeats that are refused."""
        self._changed = asyncio.Condition()
        self._newest = 0
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def url(self):
        return f"{'https' if self.ssl_context else 'http'}://127.0.0.1:{self.port}"

    async def start(self):
        application = web.Application(middlewares=[self._receive])
        application.router.add_post("/v1/lease", self._lease)
        application.router.add_post("/v1/heartbeat", self._heartbeat)
        application.router.add_post("/v1/result", self._result)
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.ssl_context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self):
        assert self._runner is not None
        await self._runner.cleanup()

    def give(self, *assignments):
        self.queue.extend(assignments)

    async def until(self, condition, seconds=20.0):
        """Wait until the messages that this broker receives make the condition true."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def wake(self):
        async with self._changed:
            self._changed.notify_all()

    @web.middleware
    async def _receive(self, request, handler):
        self.authorizations.append(request.headers["Authorization"])
        if self.refusal is not None:
            self.refusals += 1
            await self.wake()
            return web.Response(status=self.refusal.status, headers=self.refusal.headers, text="not now")
        response = await handler(request)
        await self.wake()
        return response

    async def _lease(self, request):
        message = LeaseRequest.read_json(await request.read())
        self.leases.append(message)
        return await self._next(message.free, bool(message.holding), message.wait_seconds)

    async def _result(self, request):
        message = ResultRequest.read_json(await request.read())
        self.results.append(message)
        answer = await self._next(message.free, bool(message.holding), 0.0)
        await asyncio.sleep(self.answer_delay)
        return answer

    async def _heartbeat(self, request):
        if self.refused_heartbeats:
            self.refused_heartbeats -= 1
            return web.Response(status=503, text="not now")
        self.heartbeats.append(HeartbeatRequest.read_json(await request.read()))
        return _json(HeartbeatAnswer(term=self.term, cancel=tuple(self.cancel)))

    async def _next(self, free, holding, wait):
        self._newest += 1
        call = self._newest
        await self.wake()

        def answerable():
            return call != self._newest or (self.queue and free) or self.cancel or self._over(holding)

        with contextlib.suppress(TimeoutError):
            await self.until(answerable, wait)
        count = 0 if call != self._newest else min(free, len(self.queue))
        assignments = tuple(self.queue.popleft() for _ in range(count))
        leave = not assignments and self._over(holding)
        return _json(LeaseAnswer(term=self.term, assignments=assignments, leave=leave, cancel=tuple(self.cancel)))

    def _over(self, holding):
        return self.leave_when_empty and not self.queue and not holding and bool(self.results)


def _json(answer):
    return web.Response(text=answer.to_json(), content_type="application/json")
