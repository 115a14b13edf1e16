"""Classifies the end of a runner process by failure class, from its exit code or signal."""

import signal
from pathlib import Path

from automl_api.protocol.exit_codes import BROKER_LOST, LEFT, PARENT_LOST, TERMINATED
from automl_operator.decisions.state.snapshot import Ending

TAIL_BYTES = 2000
_LOSSES = {
    BROKER_LOST: ("BrokerLost", "the runner could not reach the broker"),
    PARENT_LOST: ("ParentLost", "the runner lost its pipe to this process"),
    TERMINATED: ("Terminated", "the runner was ended by SIGTERM"),
}


def ending(code: int, *, out_of_memory: bool, last_words: str, log: str) -> Ending:
    """The Ending for an exit code (negative: minus the signal, as in asyncio). `last_words` go into its message."""
    if code == LEFT:
        return Ending(None, "Finished", "")
    if code == -signal.SIGKILL and out_of_memory:
        return Ending("resources", "OutOfMemory", "the kernel killed the runner because memory was short")
    if code < 0:
        name = _signal_name(-code)
        return Ending("infrastructure", "Killed", f"the runner was ended by {name}")
    if code in _LOSSES:
        return Ending("infrastructure", *_LOSSES[code])
    message = f"the runner ended with exit code {code}; its log is {log}"
    return Ending("program", "RunnerCrashed", f"{message}:\n{last_words}" if last_words else message)


def tail(path: Path) -> str:
    """The end of a log file, at most 2,000 bytes; empty when there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read().decode(errors="replace").strip()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
