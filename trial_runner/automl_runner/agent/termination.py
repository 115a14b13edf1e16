"""The termination message of a runner that lost its broker: the results not handed in, in at most 4,096 bytes."""

import json
from collections.abc import Sequence
from pathlib import Path

from automl_api.protocol import Result

MAX_BYTES = 4096
_MESSAGE_CHARACTERS = 200


def termination_message(undelivered: Sequence[Result]) -> str:
    """JSON with an entry for each result, the most useful first, as many as fit. Their files lie in the store."""
    entries = [_entry(result) for result in sorted(undelivered, key=_usefulness)]
    while True:
        left_out = len(undelivered) - len(entries)
        text = json.dumps({"undelivered": entries, "leftOut": left_out}, separators=(",", ":"))
        if len(text.encode()) <= MAX_BYTES:
            return text
        entries.pop()


def write_termination_log(path: str, undelivered: Sequence[Result]) -> None:
    """Write in place, because on a cluster the file is a mount and cannot be replaced. Raises OSError."""
    Path(path).write_text(termination_message(undelivered))


def _usefulness(result: Result) -> int:
    """Rank failures first: they are recorded nowhere else. Successes lie in the store; cancelled work is not needed."""
    return ("failed", "succeeded", "cancelled").index(result.outcome)


def _entry(result: Result) -> dict[str, object]:
    entry: dict[str, object] = {"id": result.id, "attempt": result.attempt, "outcome": result.outcome}
    entry["folds"] = [fold.fold for fold in result.folds]
    if result.failure is not None:
        entry["class"], entry["reason"] = result.failure.failure_class, result.failure.reason
        entry["message"] = result.failure.message[-_MESSAGE_CHARACTERS:]
    return entry
