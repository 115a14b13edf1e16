"""Classifies the end of a runner process by failure class, from its exit code or signal."""

import signal
from pathlib import Path

from automl_api import reasons
from automl_api.protocol.exit_codes import BROKER_LOST, LEFT, PARENT_LOST, TERMINATED
from automl_api.signal_names import signal_name
from automl_operator.decisions.state.snapshot import Ending

TAIL_BYTES = 2000
_LOSSES = {
    BROKER_LOST: (reasons.BROKER_LOST, "the runner could not reach the broker"),
    PARENT_LOST: (reasons.PARENT_LOST, "the runner lost its pipe to this process"),
    TERMINATED: (reasons.TERMINATED, "the runner was ended by SIGTERM"),
}


def ending(code: int, *, out_of_memory: bool, log_tail: str, log: str) -> Ending:
    """The Ending for an exit code (negative: minus the signal, as in asyncio). Its message has the `log_tail`."""
    if code == LEFT:
        return Ending(None, "Finished", "")
    if code == -signal.SIGKILL and out_of_memory:
        return Ending("resources", reasons.OUT_OF_MEMORY, "the kernel killed the runner because memory was short")
    if code < 0:
        name = signal_name(-code)
        return Ending("infrastructure", reasons.KILLED, f"the runner was ended by {name}")
    if code in _LOSSES:
        return Ending("infrastructure", *_LOSSES[code])
    message = f"the runner ended with exit code {code}; its log is {log}"
    return Ending("program", reasons.RUNNER_CRASHED, f"{message}:\n{log_tail}" if log_tail else message)


def tail(path: Path) -> str:
    """The end of a log file, at most 2,000 bytes; empty when there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()
