"""The HTTP endpoints: a runner's three calls (`automl_api.protocol.calls`), and `GET /healthz`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

from aiohttp import web

from automl_api.base import Model
from automl_api.protocol import (
    Announcement,
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseAnswer,
    LeaseRequest,
    Progress,
    ResultRequest,
)
from automl_api.protocol.calls import MAX_BODY_BYTES
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.broker.observer import BrokerObserver, UnobservedBroker
from automl_operator.broker.reading import TooSlow, check_protocol, read_message
from automl_operator.broker.refusal import NOT_LEADER, REFUSALS, refusal_of

logger = logging.getLogger(__name__)
T = TypeVar("T", bound=Model)

MAX_WAIT_SECONDS = 30.0
RESULT_WAIT_SECONDS = 1.0
"""Seconds for which the response to a result waits for the next assignment. A runner without one asks for a lease."""
BODY_SECONDS = 30.0
RETRY_AFTER_SECONDS = 2
CALLER_LEFT = 499


class Broker:
    """Serves runners from the experiments' memories. Refused requests change nothing.

    `identify` raises Unauthorized. `term` is the Lease term of this process, None while it is not the leader.
    """

    def __init__(
        self,
        identify: Callable[[str], Awaitable[RunnerId]],
        memories: ExperimentMemories,
        *,
        term: Callable[[], int | None] = lambda: 0,
        body_seconds: float = BODY_SECONDS,
        observer: BrokerObserver | None = None,
    ) -> None:
        self._identify = identify
        self._memories = memories
        self._term = term
        self._body_seconds = body_seconds
        self._observer = observer or UnobservedBroker()
        self._closing = False

    def application(self) -> web.Application:
        """The aiohttp application."""
        application = web.Application(middlewares=[self._errors_as_answers], client_max_size=MAX_BODY_BYTES)
        application.router.add_post("/v1/lease", self._lease)
        application.router.add_post("/v1/heartbeat", self._heartbeat)
        application.router.add_post("/v1/result", self._result)
        application.router.add_get("/healthz", self._healthz)
        application.on_shutdown.append(self._close)
        return application

    def turned_away(self, reason: str) -> None:
        """Report a refused connection."""
        self._observer.turned_away(reason)

    async def _lease(self, request: web.Request) -> web.Response:
        runner, message = await self._read(request, LeaseRequest)
        check_protocol(message.announcement)
        wait = min(max(0.0, message.wait_seconds), MAX_WAIT_SECONDS)
        return await self._next(runner, message.announcement, message.free, message.holding, wait)

    async def _heartbeat(self, request: web.Request) -> web.Response:
        runner, message = await self._read(request, HeartbeatRequest)
        memory = self._memories.of(runner.experiment)
        if memory.heartbeat(runner.uid, message.holding, self._memories.clock()):
            self._memories.on_change(runner.experiment)
        return self._respond(HeartbeatAnswer(term=self._leading(), cancel=memory.cancelled(runner.uid)))

    async def _result(self, request: web.Request) -> web.Response:
        runner, message = await self._read(request, ResultRequest)
        check_protocol(message.announcement)
        memory = self._memories.of(runner.experiment)
        if memory.hand_in(runner.uid, message.result, self._memories.clock()):
            self._observer.result_received(runner, message.result)
            self._memories.on_change(runner.experiment)
        wait = RESULT_WAIT_SECONDS if message.free else 0.0
        return await self._next(runner, message.announcement, message.free, message.holding, wait)

    async def _next(
        self, runner: RunnerId, announcement: Announcement, free: int, holding: tuple[Progress, ...], wait: float
    ) -> web.Response:
        """Wait for the next assignments, and respond with those that were granted."""
        memory = self._memories.of(runner.experiment)
        ready = asyncio.Event()
        call = memory.ask(runner.uid, announcement, free, holding, self._memories.clock(), ready.set)
        self._memories.on_change(runner.experiment)
        try:
            if not self._closing:
                async with asyncio.timeout(wait):
                    await ready.wait()
        except TimeoutError:
            logger.debug("no work for runner %s", runner.name)
        finally:
            answer: LeaseAnswer = memory.answer(runner.uid, call)
        return self._respond(answer.replace(term=self._leading()))

    async def _healthz(self, request: web.Request) -> web.Response:  # noqa: ARG002  (aiohttp passes it)
        return web.json_response({"ok": True})

    async def _read(self, request: web.Request, kind: type[T]) -> tuple[RunnerId, T]:
        """The caller and its message. The body of an unidentified caller is not read."""
        self._leading()
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("a bearer token is needed", reason="NoToken")
        runner = await self._identify(token.strip())
        self._observer.identified(runner)
        return runner, read_message(kind, await self._body(request))

    async def _body(self, request: web.Request) -> bytes:
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES, request.content_length or 0)
        try:
            async with asyncio.timeout(self._body_seconds):
                return await request.read()
        except TimeoutError:
            raise TooSlow(f"the body did not arrive within {self._body_seconds:g} s") from None

    def _leading(self) -> int:
        term = self._term()
        if term is None:
            raise web.HTTPServiceUnavailable(text=NOT_LEADER, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        return term

    @staticmethod
    def _respond(answer: Model) -> web.Response:
        return web.Response(text=answer.to_json(), content_type="application/json")

    @web.middleware
    async def _errors_as_answers(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn every refusal into a response, and report every request to the observer."""
        # A client can request any path; unknown paths count as one, to bound the metrics.
        path = request.path if request.match_info.http_exception is None else "other"
        status, reason = CALLER_LEFT, ""
        self._observer.arrived(path)
        try:
            answer = await handler(request)
            status = answer.status
        except REFUSALS as error:
            refusal = refusal_of(error)
            status, reason = refusal.status, refusal.reason
            return refusal.response()
        except Exception:
            status, reason = HTTPStatus.INTERNAL_SERVER_ERROR, "Error"
            raise
        else:
            return answer
        finally:
            self._observer.answered(path, status, reason)

    async def _close(self, application: web.Application) -> None:  # noqa: ARG002  (aiohttp passes it)
        """Answer all open calls, so that shutdown does not wait for long polls."""
        self._closing = True
        self._memories.close()
