"""Ctrl-C before and after a run: there is nothing to publish or to clean up, so the process ends at once.

An exception could interrupt an import, and some libraries report it as an error of their own.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_CODE = 130


@contextmanager
def leaving_on_interrupt() -> Iterator[None]:
    """A context in which Ctrl-C ends the process with exit code 130. Another handler, or SIG_IGN, stays in place."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(EXIT_CODE))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
