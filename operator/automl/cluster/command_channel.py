"""Run a command in a pod through the API server's websocket, frame by frame, so that little memory is needed."""

import json
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from kubernetes.stream import ws_client
from websocket import ABNF, WebSocketBadStatusException, WebSocketException

from automl.cluster.api import Ended
from automl.cluster.errors import Unreachable
from automl.cluster.refusals import ApiRequest, no_answer, refusal

MOST_COMPLAINTS = 4096


class WebsocketChannel:
    """A running command. It has no buffer between the websocket and the pod."""

    def __init__(self, websocket: Any, pod: str) -> None:
        self._websocket = websocket
        self._pod = pod
        self._open = True
        self._complaints = b""
        self._verdict = b""

    @classmethod
    def open(
        cls, configuration: Any, url: str, command: Sequence[str], headers: dict[str, str], asked: ApiRequest
    ) -> "WebsocketChannel":
        """Start a command. Raises ClusterError."""
        query = [("stdin", "true"), ("stdout", "true"), ("stderr", "true"), *(("command", part) for part in command)]
        address = ws_client.get_websocket_url(f"{url}?{urlencode(query)}")
        try:
            return cls(ws_client.create_websocket(configuration, address, headers), asked.name)
        except WebSocketBadStatusException as error:
            body = (error.resp_body or b"").decode(errors="replace")
            raise refusal(error.status_code, body, asked) from error
        except (WebSocketException, OSError) as error:
            raise no_answer(str(error), asked.place) from error

    def write(self, data: bytes) -> None:
        """Send to the command's stdin."""
        try:
            self._websocket.send(bytes([ws_client.STDIN_CHANNEL]) + data, opcode=ABNF.OPCODE_BINARY)
        except (WebSocketException, OSError) as error:
            raise self._lost(error) from error

    def read(self) -> bytes:
        """The next bytes of stdout; empty once the command has ended."""
        while self._open:
            try:
                opcode, frame = self._websocket.recv_data_frame(True)
            except (WebSocketException, OSError) as error:
                raise self._lost(error) from error
            if opcode == ABNF.OPCODE_CLOSE:
                self._open = False
            elif opcode in (ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT) and len(frame.data) > 1:
                if frame.data[0] == ws_client.STDOUT_CHANNEL:
                    return bytes(frame.data[1:])
                self._note(frame.data[0], bytes(frame.data[1:]))
        return b""

    def ended(self) -> Ended:
        """Wait for the command's end."""
        while self.read():
            pass
        return Ended(_exit_code(self._verdict), self._complaints.decode(errors="replace").strip())

    def close(self) -> None:
        """Close the connection without waiting for the other side."""
        self._open = False
        try:
            self._websocket.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            return  # the other side has closed it already
        finally:
            self._websocket.shutdown()

    def _note(self, channel: int, data: bytes) -> None:
        if channel == ws_client.STDERR_CHANNEL:
            self._complaints = (self._complaints + data)[:MOST_COMPLAINTS]
        elif channel == ws_client.ERROR_CHANNEL:
            self._verdict += data

    def _lost(self, error: Exception) -> Unreachable:
        why = str(error) or type(error).__name__
        stderr = self._complaints.decode(errors="replace").strip()
        return Unreachable(f"the connection to pod {self._pod} was lost ({stderr or why}); run the command again")


def _exit_code(verdict: bytes) -> int | None:
    """The exit code in the Status that ends a command; None where there is none."""
    try:
        status = json.loads(verdict)
        if status.get("status") == "Success":
            return 0
        causes = status.get("details", {}).get("causes", ())
        return next(int(cause["message"]) for cause in causes if cause.get("reason") == "ExitCode")
    except (ValueError, StopIteration, KeyError):
        return None
