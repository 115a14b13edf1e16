"""The search runs in its own process, because a sampler may take a while and must not block the event loop."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from pydantic import ValidationError

from automl_api.backoff import Backoff
from automl_operator.controller.turns import Turns
from automl_operator.search.line import to_line
from automl_operator.search.suggester import SuggestAnswer, SuggestRequest

logger = logging.getLogger(__name__)

# -P: a file random.py in the working directory must not shadow the standard library's.
WORKER_COMMAND = (sys.executable, "-P", "-m", "automl_operator.search.worker")
MAX_LINE_BYTES = 64 * 1024 * 1024
ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.2
ANSWER_SECONDS = 60.0
"""The time limit of a request. A search that hangs is ended and asked again, so it costs only a part of the budget."""


class SuggestionsFailed(Exception):
    """The search repeatedly died, or gave invalid answers, on one request."""


class _WorkerDied(Exception):
    """The worker process gave no answer. `last_output` is the end of its standard error."""

    def __init__(self, message: str, last_output: str) -> None:
        super().__init__(message)
        self.last_output = last_output


class Suggestions(Protocol):
    """A source of suggestions."""

    async def suggest(self, request: SuggestRequest, tenant: str = "") -> SuggestAnswer:
        """The suggestions for one request; tenants take turns. Raises SuggestionsFailed."""
        ...


class SuggestionWorker:
    """One worker process for all experiments: a line in, a line out, one request at a time.

    A worker that dies is restarted and asked again: three attempts in all, each in the tenant's next turn. A request
    that kills it, or never ends, fails alone and delays each other request by at most `timeout_seconds`.
    """

    def __init__(
        self,
        command: Sequence[str] = WORKER_COMMAND,
        *,
        first_pause: float = FIRST_PAUSE_SECONDS,
        timeout_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._command = tuple(command)
        self._first_pause = first_pause
        self._timeout_seconds = timeout_seconds
        self._turns = Turns()
        self._process: Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._last_output: deque[str] = deque(maxlen=20)

    async def start(self) -> None:
        """Start the worker before the first request, because its imports take a second. Raises OSError."""
        async with self._turns.of(""):
            await self._running()

    async def suggest(self, request: SuggestRequest, tenant: str = "") -> SuggestAnswer:
        """The suggestions for one request. Raises SuggestionsFailed with the end of the worker's standard error."""
        backoff = Backoff(self._first_pause)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._turns.of(tenant):
                    return await self._ask(request)
            except _WorkerDied as death:
                logger.warning("the search worker failed (attempt %d of %d): %s", attempt, ATTEMPTS, death)
                if attempt == ATTEMPTS:
                    raise SuggestionsFailed(f"the search failed; its last output: {death.last_output}") from death
                await asyncio.sleep(backoff.failed())
        raise AssertionError("the last attempt returns or raises")

    async def close(self) -> None:
        """End the worker."""
        async with self._turns.of(""):
            await self._end()

    async def _ask(self, request: SuggestRequest) -> SuggestAnswer:
        try:
            process = await self._running()
            async with asyncio.timeout(self._timeout_seconds):
                line = await _exchange(process, to_line(request).encode())
            answer = SuggestAnswer.read_json(line)
        except (OSError, ValueError, TimeoutError) as error:
            await self._end()
            raise _WorkerDied(_message_of(error), "\n".join(self._last_output)) from error
        except asyncio.CancelledError:
            # The answer would stay in the pipe, and the next request would read it.
            await self._end()
            raise
        if answer.failure:
            # The failed request may have filled its memory.
            await self._end()
            raise SuggestionsFailed(f"the search failed: {answer.failure}")
        return answer

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            await self._end()
            self._last_output.clear()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                limit=MAX_LINE_BYTES,
                start_new_session=True,  # Ctrl-C is for us to handle
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            self._listener = asyncio.create_task(self._listen(self._process))
        return self._process

    async def _listen(self, process: Process) -> None:
        """Keep the last lines of standard error. A pipe that is not read would block the worker."""
        assert process.stderr is not None
        async for line in process.stderr:
            self._last_output.append(line.decode(errors="replace").rstrip())

    async def _end(self) -> None:
        process, listener = self._process, self._listener
        self._process = self._listener = None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()
        if listener is not None:
            await listener


async def _exchange(process: Process, line: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line)
    await process.stdin.drain()
    answer = await process.stdout.readline()
    if not answer.endswith(b"\n"):
        raise ConnectionError("the worker ended without an answer")
    return answer


def _message_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ValidationError):
        return f"an answer that cannot be read: {error.error_count()} errors"
    return str(error)
