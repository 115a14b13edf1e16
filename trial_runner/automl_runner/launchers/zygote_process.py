"""The agent's side of a running zygote: it sends fork requests and receives forks and endings."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Sequence

from automl_runner.children.messages import ForkRequest, ZygoteMessage
from automl_runner.launchers.launcher import Crash, children_environment, crash_of
from automl_runner.launchers.output import Output

_MESSAGE_BYTES = 65536
_BUSY_PAUSE = 0.01


class ZygoteLost(Exception):
    """The zygote ended."""


class ForkRefused(Exception):
    """The zygote could not fork."""


class ZygoteProcess:
    """One zygote; made by `start`. `ready` is set when all libraries are imported, `lost` when it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self.process = process
        self.ready = asyncio.Event()
        self.lost = asyncio.Event()
        self._control = control
        self._forked: dict[str, asyncio.Future[tuple[int, asyncio.Future[Crash]]]] = {}
        self._ended: dict[int, asyncio.Future[Crash]] = {}
        asyncio.get_running_loop().add_reader(control, self._receive)

    @classmethod
    async def start(cls, command: Sequence[str]) -> "ZygoteProcess":
        """Start a zygote; it dies with this process."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        _, writing = await Output.open()
        process = await asyncio.create_subprocess_exec(
            *command, "zygote", str(theirs.fileno()), str(os.getpid()),
            stdin=asyncio.subprocess.DEVNULL, stdout=writing, stderr=writing,
            pass_fds=[theirs.fileno()], env=children_environment(), process_group=0,
        )  # fmt: skip
        os.close(writing)
        theirs.close()
        return cls(process, ours)

    async def fork(self, request: ForkRequest, channel: int, output: int) -> tuple[int, asyncio.Future[Crash]]:
        """Fork a child that owns copies of both descriptors; returns its process id and a future of its end.

        Raises ZygoteLost or ForkRefused.
        """
        if self.lost.is_set():
            raise ZygoteLost
        answer: asyncio.Future[tuple[int, asyncio.Future[Crash]]] = asyncio.get_running_loop().create_future()
        self._forked[request.id] = answer
        try:
            await self._send(request, channel, output)
            return await answer
        finally:
            self._forked.pop(request.id, None)

    def living(self) -> tuple[int, ...]:
        """The children that have not ended."""
        return tuple(self._ended)

    async def kill(self) -> None:
        """Kill it, and with it its children."""
        for pid in (*self.living(), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        await self.process.wait()
        self._lose()

    async def _send(self, request: ForkRequest, channel: int, output: int) -> None:
        data = request.to_json().encode()
        while True:
            try:
                socket.send_fds(self._control, [data], [channel, output])
            except BlockingIOError:
                await asyncio.sleep(_BUSY_PAUSE)
            except OSError as error:
                raise ZygoteLost from error
            else:
                return

    def _receive(self) -> None:
        try:
            data = self._control.recv(_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if data:
            self._handle(ZygoteMessage.read_json(data))
        else:
            self._lose()

    def _handle(self, message: ZygoteMessage) -> None:
        if message.ready:
            self.ready.set()
        if message.forked:
            self._begin(message.forked, message.pid)
        if message.refused and message.refused in self._forked:
            self._forked[message.refused].set_exception(ForkRefused(message.message))
        if message.ended and (future := self._ended.pop(message.pid, None)):
            future.set_result(crash_of(message.status))

    def _begin(self, request: str, pid: int) -> None:
        ended: asyncio.Future[Crash] = asyncio.get_running_loop().create_future()
        self._ended[pid] = ended
        answer = self._forked.get(request)
        if answer and not answer.done():
            answer.set_result((pid, ended))

    def _lose(self) -> None:
        if self.lost.is_set():
            return
        self.lost.set()
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        for forked in self._forked.values():
            if not forked.done():
                forked.set_exception(ZygoteLost())
        for ended in self._ended.values():
            ended.set_result(Crash(lost=True))
        self._ended.clear()
