"""Logs what children print, line by line, with the assignment that printed it."""

import asyncio
import logging
import os
from collections import deque

from automl_runner.redaction import redact

_log = logging.getLogger(__name__)
_LONGEST_LINE = 4096
_TAIL_LINES = 8
_TAIL_CHARACTERS = 1500


class Output(asyncio.Protocol):
    """The reading end of a pipe; remembers the last lines, bounded, for the message of a crash."""

    def __init__(self) -> None:
        self.assignment = ""
        self._partial = b""
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._closed = asyncio.Event()

    @classmethod
    async def open(cls) -> tuple["Output", int]:
        """A new pipe: its reader, and the file descriptor to write to, which the caller closes."""
        reading, writing = os.pipe()
        loop = asyncio.get_running_loop()
        _, output = await loop.connect_read_pipe(cls, os.fdopen(reading, "rb", 0))
        return output, writing

    def data_received(self, data: bytes) -> None:
        """Log the whole lines among the bytes; a very long one is cut."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            self._keep(line)
        self._partial = self._partial[:_LONGEST_LINE]

    def connection_lost(self, exc: Exception | None) -> None:
        """Log the rest, which has no line end."""
        del exc
        self._keep(self._partial)
        self._partial = b""
        self._closed.set()

    async def tail(self, wait_seconds: float = 0.5) -> str:
        """The last lines, after the pipe has closed or after a short wait."""
        try:
            await asyncio.wait_for(self._closed.wait(), wait_seconds)
        except TimeoutError:
            _log.debug("a child's output is still open", extra={"assignment": self.assignment})
        return "\n".join(self._tail)[-_TAIL_CHARACTERS:]

    def forget(self, assignment: str) -> None:
        """Forget the last lines and begin with another assignment."""
        self.assignment = assignment
        self._tail.clear()

    def _keep(self, line: bytes) -> None:
        text = redact(line[:_LONGEST_LINE].decode(errors="replace").rstrip())
        if text:
            self._tail.append(text)
            _log.info("%s", text, extra={"assignment": self.assignment})
