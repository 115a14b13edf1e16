"""The agent's end of a child's socket."""

import asyncio
import socket
from collections.abc import Callable

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildMessage, ChildOutcome
from automl_runner.launchers.launcher import MAX_LINE_BYTES


class Conversation:
    """Sends assignments and receives messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls) -> tuple["Conversation", socket.socket]:
        """A new socket pair: our end, and the child's, which the caller passes on and closes."""
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours, limit=MAX_LINE_BYTES)
        return cls(reader, writer), theirs

    def send(self, assignment: Assignment) -> None:
        """Give the child its work."""
        self._writer.write(assignment.to_json().encode() + b"\n")

    async def outcome(self, on_fold: Callable[[FoldResult], None]) -> ChildOutcome | None:
        """The outcome, or None when the child's end closes before it."""
        try:
            while line := await self._reader.readline():
                if not line.endswith(b"\n"):
                    return None
                message = ChildMessage.read_json(line)
                if message.fold is not None:
                    on_fold(message.fold)
                if message.outcome is not None:
                    return message.outcome
        except ConnectionError:
            return None
        return None

    def close(self) -> None:
        """Close our end."""
        self._writer.close()
