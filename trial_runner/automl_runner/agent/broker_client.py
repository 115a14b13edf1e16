"""The three calls to the broker. Leases and results are retried, heartbeats are not.

Each call reads the token again. An answer with a lower term comes from an earlier leader and does not count.
"""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import aiohttp
from pydantic import ValidationError

from automl_api.backoff import Backoff
from automl_api.base import Model
from automl_api.protocol import (
    HeartbeatAnswer,
    HeartbeatRequest,
    LeaseAnswer,
    LeaseRequest,
    ResultRequest,
    RunnerEnvironment,
)

_log = logging.getLogger(__name__)
_ANSWER_SECONDS = 10.0
_CONNECT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 10.0
_LONGEST_RETRY_AFTER_SECONDS = 60.0
_MESSAGE_BYTES = 300

Answer = TypeVar("Answer", LeaseAnswer, HeartbeatAnswer)


class BrokerUnavailable(Exception):
    """One call got no valid answer. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BrokerLost(Exception):
    """No call got a valid answer before the timeout."""


class CallRefused(Exception):
    """The broker refuses this message, and a retry would not help. `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"HTTP {status}: {message}")
        self.status = status


class BrokerClient:
    """Calls over one aiohttp session, which the caller closes. `generator` draws the jitter."""

    def __init__(
        self, session: aiohttp.ClientSession, environment: RunnerEnvironment, generator: random.Random
    ) -> None:
        self._session = session
        self._base = environment.broker_url.rstrip("/")
        self._token_file = Path(environment.token_file)
        self._trust = _Trust(environment.broker_ca)
        self._backoff = Backoff(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, jitter=1.0, chance=generator.random)
        self._timeout_seconds = environment.broker_timeout_seconds
        self._term = 0
        self._pause_seconds = 0.0
        self._down_since: float | None = None
        self._deadline: float | None = None

    async def lease(self, request: Callable[[], LeaseRequest]) -> LeaseAnswer:
        """Ask for work. The request is made again for each try. Raises BrokerLost or CallRefused."""
        return await self._insist(lambda: self._lease_once(request()))

    async def hand_in(self, request: Callable[[], ResultRequest]) -> LeaseAnswer:
        """Hand in a result and ask for more. Raises BrokerLost or CallRefused."""
        return await self._insist(lambda: self._call("/v1/result", request(), LeaseAnswer, _ANSWER_SECONDS))

    async def heartbeat(self, request: HeartbeatRequest) -> HeartbeatAnswer:
        """Report once the assignments at work. Raises BrokerUnavailable or CallRefused."""
        return await self._call("/v1/heartbeat", request, HeartbeatAnswer, _ANSWER_SECONDS)

    def hurry(self, seconds: float) -> None:
        """Give up after this time from now, whatever the broker's timeout is."""
        self._deadline = time.monotonic() + seconds

    async def _lease_once(self, request: LeaseRequest) -> LeaseAnswer:
        return await self._call("/v1/lease", request, LeaseAnswer, request.wait_seconds + _ANSWER_SECONDS)

    async def _insist(self, call: Callable[[], Awaitable[LeaseAnswer]]) -> LeaseAnswer:
        while True:
            try:
                return await call()
            except BrokerUnavailable as error:
                pause = min(error.retry_after, _LONGEST_RETRY_AFTER_SECONDS) + self._pause_seconds
                left = self._seconds_left()
                if left <= 0:
                    raise BrokerLost(str(error)) from error
                _log.warning("the broker does not answer (%s); trying again in %.1f s", error, min(pause, left))
                await asyncio.sleep(min(pause, left))

    def _seconds_left(self) -> float:
        now = time.monotonic()
        left = self._timeout_seconds - (now - self._down_since if self._down_since is not None else 0.0)
        return left if self._deadline is None else min(left, self._deadline - now)

    async def _call(self, path: str, request: Model, kind: type[Answer], seconds: float) -> Answer:
        try:
            answer = await self._post(path, request, kind, seconds)
        except BrokerUnavailable:
            self._pause_seconds = self._backoff.failed()
            self._down_since = self._down_since if self._down_since is not None else time.monotonic()
            raise
        self._backoff.succeeded()
        self._down_since = None
        return answer

    async def _post(self, path: str, request: Model, kind: type[Answer], seconds: float) -> Answer:
        try:
            async with self._session.post(
                self._base + path,
                data=request.to_json().encode(),
                headers={"Authorization": f"Bearer {self._token()}", "Content-Type": "application/json"},
                timeout=aiohttp.ClientTimeout(total=seconds, connect=_CONNECT_SECONDS),
                allow_redirects=False,
                ssl=self._trust.context(),
            ) as response:
                body = await response.read()
                self._check(response, body)
                answer = kind.read_json(body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise BrokerUnavailable(f"{type(error).__name__}: {error}") from error
        except ValidationError as error:
            raise BrokerUnavailable(f"its answer to {path} cannot be read: {error.error_count()} errors") from error
        if answer.term < self._term:
            raise BrokerUnavailable(f"it answered with term {answer.term} after term {self._term}")
        self._term = answer.term
        return answer

    def _token(self) -> str:
        try:
            return self._token_file.read_text().strip()
        except OSError as error:
            raise BrokerUnavailable(f"the token file cannot be read: {error}") from error

    @staticmethod
    def _check(response: aiohttp.ClientResponse, body: bytes) -> None:
        status = response.status
        if status == HTTPStatus.OK:
            return
        message = body[:_MESSAGE_BYTES].decode(errors="replace")
        if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            raise CallRefused(status, message)
        raise BrokerUnavailable(f"HTTP {status}: {message}", _seconds(response.headers.get("Retry-After", "")))


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


class _Trust:
    """The certificates that the broker must match. `ca` is a file of them, or empty for the machine's own."""

    def __init__(self, ca: str) -> None:
        self._file = Path(ca) if ca else None
        self._read = b""
        self._context: ssl.SSLContext | bool = True

    def context(self) -> ssl.SSLContext | bool:
        """The context for aiohttp; a changed file is read again. Raises OSError for a file without a certificate."""
        if self._file is not None and (data := self._file.read_bytes()) != self._read:
            self._context = ssl.create_default_context(cadata=data.decode("ascii", errors="replace"))
            self._read = data
        return self._context
