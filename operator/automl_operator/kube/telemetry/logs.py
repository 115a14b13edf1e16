"""Logs: one JSON object a line, or a line of text, with what it is about and without secrets."""

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
"""Loggers that tell of each event as information: below the level debug only their warnings are of use."""


class JsonLines(logging.Formatter):
    """time, level, logger, message; namespace, experiment, trial and runner where they are known; error: a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
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
    """The same for people: time, level, logger, [what it is about], message, and a traceback on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and those of the traceback."""
        about = " ".join(f"{key}={value}" for key, value in _about(record).items())
        head = f"{_time(record)} {record.levelname:7} {record.name}: "
        error = _error(self, record)
        return redacted(head + (f"[{about}] " if about else "") + record.getMessage() + (f"\n{error}" if error else ""))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _about(record: logging.LogRecord) -> dict[str, str]:
    """The task's scope, and what the record itself says (`extra=`)."""
    known = {**current(), **{field: value for field in FIELDS if (value := getattr(record, field, None))}}
    return {field: str(known[field]) for field in FIELDS if known.get(field)}


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


@contextmanager
def logging_to(settings: LogSettings, stream: TextIO = sys.stderr) -> Iterator[None]:
    """Everything that is logged in this process goes to `stream`, also by libraries; Python's warnings too."""
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
        root.handlers[:] = before
        root.setLevel(level)
        for logger, was in talkative.items():
            logger.setLevel(was)
