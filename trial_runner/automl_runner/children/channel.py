"""A child's end of its socket: assignments in, messages out, one JSON object on each line."""

import socket
from collections.abc import Iterator

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildMessage, ChildOutcome


class ChildChannel:
    """Blocking; owns the socket of this file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(True)
        self._lines = self._socket.makefile("rb")

    def assignments(self) -> Iterator[Assignment]:
        """Each assignment that the agent sends, until it closes the socket."""
        for line in self._lines:
            yield Assignment.read_json(line)

    def report(self, fold: FoldResult) -> None:
        """Report that a fold has ended."""
        self._send(ChildMessage(fold=fold))

    def finish(self, outcome: ChildOutcome) -> None:
        """Report the outcome of the assignment."""
        self._send(ChildMessage(outcome=outcome))

    def _send(self, message: ChildMessage) -> None:
        self._socket.sendall(message.to_json().encode() + b"\n")
