"""A child that is a new process, not a fork (macOS, CUDA). It does one assignment after another over one socket."""

import contextlib
import importlib
import os
import queue
import signal
import threading

from automl_api.protocol import Assignment
from automl_runner.children.channel import ChildChannel
from automl_runner.children.perform import perform
from automl_runner.children.program import Program


def serve_spawned(descriptor: int, program: Program) -> None:
    """Work until the agent closes the socket. A thread waits for the close, so that no work outlives the agent."""
    channel = ChildChannel(descriptor)
    assignments = queue.SimpleQueue[Assignment]()
    threading.Thread(target=_listen, args=(channel, assignments), daemon=True).start()
    for name in program.all_modules():
        importlib.import_module(name)
    while True:
        assignment = assignments.get()
        channel.finish(perform(assignment, program.handlers, channel.report))


def _listen(channel: ChildChannel, assignments: queue.SimpleQueue[Assignment]) -> None:
    with contextlib.suppress(OSError):
        for assignment in channel.assignments():
            assignments.put(assignment)
    os.killpg(0, signal.SIGKILL)
