"""Logs to standard error: JSON lines, or plain lines on a terminal. Each names the assignment that it is about."""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TextIO

from automl_api.environment_names import LOG_FORMAT
from automl_api.protocol import Assignment
from automl_runner.redaction import redact

_FIELDS = ("experiment", "trial", "assignment")


class LogContext(logging.Filter):
    """Adds the experiment to all records, and the trial to records that name an assignment.

    A runner works for one experiment, which its assignments name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._experiment = ""
        self._trials: dict[str, str] = {}

    def begin(self, assignment: Assignment) -> None:
        """Add this assignment's trial to its records from now on."""
        self._experiment = assignment.experiment
        if assignment.fit is not None:
            self._trials[assignment.id] = assignment.fit.trial

    def end(self, id_: str) -> None:
        """Forget this assignment: it logs nothing more."""
        self._trials.pop(id_, None)

    def filter(self, record: logging.LogRecord) -> bool:
        """Set the record's three fields and let it pass."""
        record.experiment = self._experiment
        id_ = getattr(record, "assignment", "")
        record.assignment, record.trial = id_, self._trials.get(id_, "")
        return True


LOG_CONTEXT = LogContext()
"""The filter of this process. The agent calls it when an assignment begins and ends."""


class _Plain(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(
            f"{record.levelname.lower()} [{getattr(record, 'assignment', '') or '-'}] {super().format(record)}"
        )


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **{field: getattr(record, field, "") for field in _FIELDS},
            "message": redact(super().format(record)),
        }
        return json.dumps(entry)


def configure_logs(variables: Mapping[str, str], stream: TextIO | None = None) -> None:
    """Send the logs of this process to standard error, or to a stream; AUTOML_LOG_FORMAT is json, plain or not set."""
    stream = stream if stream is not None else sys.stderr
    form = variables.get(LOG_FORMAT) or ("plain" if stream.isatty() else "json")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Plain() if form == "plain" else _Json())
    handler.addFilter(LOG_CONTEXT)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
