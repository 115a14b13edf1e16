"""Ctrl-C before and after a run, when there is nothing to publish or to put in order: the command leaves at once.

Not as an exception: it would strike in the middle of an import, and some libraries report it as an error of their own.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_CODE = 130


@contextmanager
def leaving_on_interrupt() -> Iterator[None]:
    """Within, Ctrl-C ends the process with 130, unless somebody listens himself; where it is ignored, it stays so."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(EXIT_CODE))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
