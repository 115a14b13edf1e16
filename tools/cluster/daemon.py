"""Processes that outlive their starter. A later command finds them by pid and start time."""

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import ToolError
from cluster.files import write_file
from cluster.shell import run
from cluster.waiting import wait_until

_START = 'setsid "$@" </dev/null >>"$0" 2>&1 & echo $!'
_LAST_LINES = 15


@dataclass(frozen=True)
class ProcessHandle:
    """A pid with its start time in clock ticks since boot: the kernel reuses pids, but not the pair."""

    pid: int
    started: int

    @property
    def running(self) -> bool:
        """True while this very process exists and is not a zombie."""
        found = _state_and_start(self.pid)
        return found is not None and found[1] == self.started and found[0] not in "ZX"

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.running:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def process(pid: int) -> ProcessHandle | None:
    """The process that has this pid now; None without one."""
    found = _state_and_start(pid)
    return ProcessHandle(pid, found[1]) if found is not None else None


def _state_and_start(pid: int) -> tuple[str, int] | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses, and may hold anything.
    fields = line.rpartition(")")[2].split()
    return fields[0], int(fields[19])


@dataclass(frozen=True)
class Daemon:
    """A command that runs in the background, with one file for its pid and one for its log."""

    name: str
    command: Sequence[str]
    folder: Path
    extra: Mapping[str, str] | None = None

    @property
    def log(self) -> Path:
        """The file with its output."""
        return self.folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """The file with its process, as JSON."""
        return self.folder / f"{self.name}.pid"

    @property
    def process(self) -> ProcessHandle | None:
        """The process that was started last, if it still runs."""
        try:
            known = ProcessHandle(**json.loads(self.pid_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        return known if known.running else None

    def start(self) -> None:
        """Start it, unless it runs. Raises ToolError when it ends at once."""
        if self.process is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # A shell starts it, so that its parent is init, and no Python object has to wait for it.
        pid = int(run(["sh", "-c", _START, self.log, *self.command], extra=self.extra))
        started = process(pid)
        if started is None:
            raise ToolError(f"{self.name} ended at once; {self.last_output()}")
        write_file(self.pid_file, json.dumps({"pid": started.pid, "started": started.started}))

    def stop(self, *, seconds: float = 20) -> None:
        """Ask it to end, kill it after `seconds`, and return when it has ended."""
        running = self.process
        if running is not None:
            running.send(signal.SIGTERM)
            _wait_for_end(running, seconds)
        self.kill()

    def kill(self) -> None:
        """Kill it, and wait until it has ended."""
        running = self.process
        if running is not None:
            end([running])
        self.pid_file.unlink(missing_ok=True)

    def last_output(self) -> str:
        """The end of its log, and the path of the whole log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return f"the end of {self.log}:\n" + "\n".join(lines[-_LAST_LINES:])

    def problem(self) -> str:
        """The message that it has ended, with the end of its log; empty while it runs."""
        return "" if self.process is not None else f"{self.name} has ended; {self.last_output()}"


def end(processes: Sequence[ProcessHandle]) -> None:
    """Kill the processes at once, so that none can report another's end, and wait until they have ended.

    Raises ToolError when one still exists after 20 s.
    """
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process_ in processes:
            process_.send(number)
    wait_until(
        f"the end of the processes {', '.join(str(process_.pid) for process_ in processes)}",
        lambda: not any(process_.running for process_ in processes),
        seconds=20,
    )


def _wait_for_end(running: ProcessHandle, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while running.running and time.monotonic() < deadline:
        time.sleep(0.05)
