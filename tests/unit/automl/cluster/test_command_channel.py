"""A command's streams, read from the frames of the websocket."""

import json
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from websocket import ABNF, WebSocketConnectionClosedException

from automl.cluster.command_channel import MOST_COMPLAINTS, WebsocketChannel
from automl.cluster.errors import Unreachable

STDOUT, STDERR, VERDICT = b"\x01", b"\x02", b"\x03"
SUCCESS = VERDICT + b'{"status": "Success"}'
END = (ABNF.OPCODE_CLOSE, b"")


def a_failure_message(code: int) -> bytes:
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return VERDICT + json.dumps({"status": "Failure", "details": {"causes": causes}}).encode()


class _Websocket:
    def __init__(self, frames: Iterable[bytes | tuple[int, bytes]]) -> None:
        self.frames = [frame if isinstance(frame, tuple) else (ABNF.OPCODE_BINARY, frame) for frame in frames]
        self.sent: list[bytes] = []
        self.sock = None

    def recv_data_frame(self, control_frame: bool) -> tuple[int, Any]:
        if not self.frames:
            raise WebSocketConnectionClosedException("Connection to remote host was lost.")
        opcode, data = self.frames.pop(0)
        return opcode, SimpleNamespace(data=data)

    def send(self, data: bytes, opcode: int) -> None:
        assert opcode == ABNF.OPCODE_BINARY
        self.sent.append(data)

    def shutdown(self) -> None:
        self.sock = None


def channel(*frames: bytes | tuple[int, bytes]) -> WebsocketChannel:
    return WebsocketChannel(_Websocket(frames), "p")


def everything(running: WebsocketChannel) -> bytes:
    return b"".join(iter(running.read, b""))


def test_stdout_is_read_from_its_channel() -> None:
    running = channel(
        STDOUT, STDOUT + b"\x00\xff", (ABNF.OPCODE_PING, b"1x"), STDERR + b"oh", STDOUT + b"b", SUCCESS, END
    )
    assert everything(running) == b"\x00\xffb"
    assert (running.ended().code, running.ended().complaints) == (0, "oh")


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        pytest.param(SUCCESS, 0, id="success"),
        pytest.param(a_failure_message(3), 3, id="failure"),
        pytest.param(VERDICT + b'{"status": "Failure"}', None, id="no code"),
        pytest.param(VERDICT + b"oops", None, id="no status"),
    ],
)
def test_the_status_has_the_exit_code(verdict: bytes, code: int | None) -> None:
    assert channel(STDOUT + b"left out", verdict, END).ended().code == code


def test_stdin_is_written_to_its_channel() -> None:
    websocket = _Websocket([])
    WebsocketChannel(websocket, "p").write(b"data")
    assert websocket.sent == [b"\x00data"]


def test_stderr_is_bounded() -> None:
    assert len(channel(*[STDERR + b"x" * 1000] * 10, END).ended().complaints) == MOST_COMPLAINTS


def test_a_lost_connection_is_an_error_and_no_end() -> None:
    running = channel(STDOUT + b"half")
    assert running.read() == b"half"
    with pytest.raises(Unreachable, match=r"connection to pod p was lost \(Connection to remote host was lost"):
        running.read()
    running.close()
    running.close()
