"""Formats log lines as JSON or text, with the experiment, trial and runner that they are about, and without secrets."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TextIO

from automl_operator.kube.settings import LogSettings
from automl_operator.kube.telemetry.redaction import redacted
from automl_operator.kube.telemetry.scope import FIELDS, current

TALKATIVE: Final = ("kopf",)
"""Loggers that log every event at level info. Unless the level is debug, only their warnings are logged."""


class JsonLines(logging.Formatter):
    """Keys: time, level, logger, message; namespace, experiment, trial, runner if known; error, a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_about(record),
        }
        if error := _error(self, record):
            line["error"] = error
        return json.dumps({key: redacted(value) for key, value in line.items()}, ensure_ascii=False)


class TextLines(logging.Formatter):
    """The same as text: time, level, logger, [known fields], message, and the traceback on further lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and the lines of its traceback."""
        about = " ".join(f"{key}={value}" for key, value in _about(record).items())
        head = f"{_time(record)} {record.levelname:7} {record.name}: "
        error = _error(self, record)
        return redacted(head + (f"[{about}] " if about else "") + record.getMessage() + (f"\n{error}" if error else ""))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _about(record: logging.LogRecord) -> dict[str, str]:
    """The fields of the task's scope; fields of the record (`extra=`) take precedence."""
    known = {**current(), **{field: value for field in FIELDS if (value := getattr(record, field, None))}}
    return {field: str(known[field]) for field in FIELDS if known.get(field)}


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


@contextmanager
def logging_to(settings: LogSettings, stream: TextIO = sys.stderr) -> Iterator[None]:
    """A context in which all logs of this process go to `stream`, also those of libraries, and Python's warnings."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    talkative = {logging.getLogger(name): logging.getLogger(name).level for name in TALKATIVE}
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for logger in talkative:
        logger.setLevel("DEBUG" if settings.level == "debug" else "WARNING")
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        # A thread may outlive the context. Without a handler, Python would print its records in another format.
        root.handlers[:] = before or [handler]
        root.setLevel(level)
        for logger, was in talkative.items():
            logger.setLevel(was)
