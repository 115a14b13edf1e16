"""Logs to standard error: JSON lines, or plain ones on a terminal; each with the assignment that it is about."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from automl_runner.redaction import redact


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        assignment = getattr(record, "assignment", "") or "-"
        return redact(f"{record.levelname.lower()} [{assignment}] {super().format(record)}")


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "assignment": getattr(record, "assignment", ""),
            "message": redact(super().format(record)),
        }
        return json.dumps(entry)


def configure_logs(stream: TextIO | None = None) -> None:
    """Send the logs of this process to standard error, or to a stream."""
    stream = stream if stream is not None else sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Plain() if stream.isatty() else _Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
