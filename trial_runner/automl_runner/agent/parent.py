"""Ends this process with its parent: when standard input ends, the children and this process are killed."""

import os
import signal
import threading
from collections.abc import Callable, Iterable

from automl_api.protocol.exit_codes import PARENT_LOST


def leave_with_parent(descriptor: int, processes: Callable[[], Iterable[int]]) -> None:
    """Watch the pipe in a thread, so that a busy event loop cannot delay the end.

    `processes` are the process groups to kill first.
    """
    threading.Thread(target=_watch, args=(descriptor, processes), name="parent", daemon=True).start()


def _watch(descriptor: int, processes: Callable[[], Iterable[int]]) -> None:
    while os.read(descriptor, 4096):
        pass
    for process in processes():
        try:
            os.killpg(process, signal.SIGKILL)
        except ProcessLookupError:
            continue  # It has ended already.
    os._exit(PARENT_LOST)
