"""The processes of a pod. The nodes share this machine's kernel, so tests can inspect, kill and freeze them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.daemon import ProcessHandle, process


def processes_in_pod(pod: dict[str, Any]) -> dict[ProcessHandle, str]:
    """The running processes of a pod, each with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"pod{pod['metadata']['uid']}/" not in (folder / "cgroup").read_text():
                continue
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if (known := process(int(folder.name))) is not None and known.running:
            found[known] = command
    return found


def operator_process(pod: dict[str, Any]) -> ProcessHandle | None:
    """The operator's own process, not its helper for suggestions; None while there is none."""
    return next((found for found, command in processes_in_pod(pod).items() if "bin/automl-operator" in command), None)


def child_processes(pod: dict[str, Any]) -> list[ProcessHandle]:
    """The children of a runner's zygote, each of which does one assignment."""
    zygotes = {found.pid: found for found, command in processes_in_pod(pod).items() if " zygote " in command}
    return [child for pid, child in zygotes.items() if _parent(pid) in zygotes]


@contextmanager
def frozen(target: ProcessHandle) -> Iterator[None]:
    """Stop a process inside the context."""
    target.send(signal.SIGSTOP)
    try:
        yield
    finally:
        target.send(signal.SIGCONT)


def _parent(pid: int) -> int:
    try:
        # The second field is the program's name in parentheses, and may hold anything.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
