"""Sends the logs of this process to a file in the run's folder, because the terminal shows the run's progress."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_operator.local.files import make_private

LOGGERS = ("automl_operator", "aiohttp", "asyncio")


def open_log(path: Path) -> logging.Handler:
    """A handler that appends to a file. Raises OSError."""
    make_private(path.parent)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler


@contextmanager
def logging_to(handler: logging.Handler) -> Iterator[None]:
    """A context in which our logs go to this handler only. At the end it closes the handler."""
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).propagate) for name in LOGGERS}
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield
    finally:
        for name, (level, propagate) in before.items():
            logger = logging.getLogger(name)
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
        handler.close()
