"""Runs an assignment's handler in a child, and turns its exception into a failure with a class."""

import errno
import traceback
from collections.abc import Mapping

from automl_api import reasons
from automl_api.limits import MAX_MESSAGE
from automl_api.protocol import Assignment, Failure
from automl_runner.children.messages import ChildOutcome
from automl_runner.children.program import Handler, Report
from automl_runner.failures import WorkFailed
from automl_runner.peak_memory import peak_memory_bytes
from automl_runner.redaction import redact

_FULL = (errno.ENOSPC, errno.EDQUOT)


def perform(assignment: Assignment, handlers: Mapping[str, Handler], report: Report) -> ChildOutcome:
    """The handler's outcome, or one with the failure that its exception stands for; never raises an Exception."""
    try:
        outcome = handlers[assignment.kind](assignment, report)
    except Exception as error:  # noqa: BLE001 - this is where every exception of the work becomes a failure
        outcome = ChildOutcome(failure=failure_of(error))
    return outcome.replace(peak_memory_bytes=peak_memory_bytes())


def failure_of(error: Exception) -> Failure:
    """The failure class that an exception stands for, with the last lines of its traceback where it is a bug."""
    if isinstance(error, WorkFailed):
        failure = error.failure()
        return failure.replace(message=redact(failure.message))
    if isinstance(error, MemoryError) or "bad_alloc" in str(error):
        return Failure(
            failure_class="resources",
            reason=reasons.OUT_OF_MEMORY,
            message=redact(f"memory ran out: {str(error) or type(error).__name__}")[:MAX_MESSAGE],
        )
    if isinstance(error, OSError) and error.errno in _FULL:
        return Failure(
            failure_class="resources",
            reason=reasons.STORE_FULL,
            message=redact(error.strerror or str(error))[:MAX_MESSAGE],
        )
    return Failure(failure_class="program", reason=reasons.TRACEBACK, message=_last_lines(error))


def _last_lines(error: Exception) -> str:
    text = redact("".join(traceback.format_exception(error)))
    return text if len(text) <= MAX_MESSAGE else "..." + text[3 - MAX_MESSAGE :]
