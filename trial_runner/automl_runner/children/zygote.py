"""A process that has imported the heavy libraries once and forks a child for each assignment.

It always has one thread: a fork copies only the calling thread, so a lock held by another one would stay locked.
"""

import contextlib
import gc
import importlib
import itertools
import os
import selectors
import signal
import socket
import sys
import traceback
from collections import deque
from dataclasses import dataclass
from typing import NoReturn

from automl_runner.children.channel import ChildChannel
from automl_runner.children.messages import ForkRequest, ZygoteMessage
from automl_runner.children.parentage import tie_to_parent
from automl_runner.children.perform import perform
from automl_runner.children.program import Program
from automl_runner.children.victims import prefer_this_process

_REQUEST_BYTES = 4096


@dataclass(frozen=True)
class _Waiting:
    request: ForkRequest
    channel: int
    output: int


class Zygote:
    """Serves fork requests over a Unix socket of whole messages, also between imports if the work needs no more."""

    def __init__(self, descriptor: int, program: Program) -> None:
        self._control = socket.socket(fileno=descriptor)
        self._program = program
        self._modules = deque(program.all_modules())
        self._waiting: deque[_Waiting] = deque()
        self._children: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()

    def run(self) -> None:
        """Serve until the agent closes the socket, then kill the children."""
        self._watch_children()
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._wake_in, selectors.EVENT_READ)
        gc.disable()
        self._say_when_ready()
        open_ = True
        while open_:
            ready = {key.fileobj for key, _ in self._selector.select(0 if self._modules else None)}
            if self._wake_in in ready:
                self._wake_in.recv(4096)
                self._reap()
            if self._control in ready:
                open_ = self._receive()
            self._import_next()
            self._fork_waiting()
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _watch_children(self) -> None:
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wake_out.fileno(), warn_on_full_buffer=False)

    def _receive(self) -> bool:
        data, descriptors, _flags, _address = socket.recv_fds(self._control, _REQUEST_BYTES, 2)
        if not data:
            return False
        self._waiting.append(_Waiting(ForkRequest.read_json(data), *descriptors))
        return True

    def _import_next(self) -> None:
        if not self._modules:
            return
        importlib.import_module(self._modules.popleft())
        self._say_when_ready()

    def _say_when_ready(self) -> None:
        if not self._modules:
            # A child's garbage collection does not touch frozen objects, so their pages stay shared.
            gc.collect()
            gc.freeze()
            self._say(ZygoteMessage(ready=True))

    def _fork_waiting(self) -> None:
        for waiting in tuple(self._waiting):
            if all(name in sys.modules for name in self._program.modules_for(waiting.request.need)):
                self._waiting.remove(waiting)
                self._fork(waiting)

    def _fork(self, waiting: _Waiting) -> None:
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            self._say(ZygoteMessage(refused=waiting.request.id, message=f"cannot fork: {error}"))
        else:
            if pid == 0:
                self._be_child(waiting, zygote)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.setpgid(pid, pid)
            self._children.add(pid)
            self._say(ZygoteMessage(forked=waiting.request.id, pid=pid))
        os.close(waiting.channel)
        os.close(waiting.output)

    def _be_child(self, waiting: _Waiting, zygote: int) -> NoReturn:
        code = 1
        try:
            self._leave_zygote(waiting, zygote)
            channel = ChildChannel(waiting.channel)
            gc.enable()
            for assignment in itertools.islice(channel.assignments(), 1):
                outcome = perform(assignment, self._program.handlers, channel.report)
                for stream in (sys.stdout, sys.stderr):
                    stream.flush()
                channel.finish(outcome)
            code = 0
        except Exception:  # noqa: BLE001 - the child ends here; its log and its exit code say why
            traceback.print_exc()
        finally:
            # The interpreter must not shut down here: atexit handlers and buffers belong to the zygote.
            os._exit(code)

    def _leave_zygote(self, waiting: _Waiting, zygote: int) -> None:
        os.setpgid(0, 0)
        tie_to_parent(zygote)
        prefer_this_process()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for end in (self._control, self._wake_in, self._wake_out):
            end.close()
        # Other requests' descriptors must not stay open here: the agent waits for their close.
        for other in self._waiting:
            os.close(other.channel)
            os.close(other.output)
        os.dup2(waiting.output, 1)
        os.dup2(waiting.output, 2)
        os.close(waiting.output)

    def _reap(self) -> None:
        for pid in tuple(self._children):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            # Until the child is reaped, its id cannot belong to another process group.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            self._children.discard(pid)
            self._say(ZygoteMessage(ended=True, pid=pid, status=status))

    def _say(self, message: ZygoteMessage) -> None:
        self._control.sendall(message.to_json().encode())
