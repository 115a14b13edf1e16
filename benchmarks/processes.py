"""Memory and processor time of a process with all its descendants, sampled from outside."""

import os
from dataclasses import dataclass

import psutil

ZYGOTE = ("automl_runner.children", "zygote")


@dataclass(frozen=True)
class Sample:
    """The proportional set size of all processes at one moment, and their processor seconds since they began.

    Processes that have ended are counted in their parents' times, so the seconds never fall.
    """

    at: float
    """Seconds of time.time()."""
    memory_bytes: int
    work_seconds: float
    """The zygote and its forked children: importing, preparing, fitting, finalizing."""
    other_seconds: float
    """Everything else: the command, the search, the agent."""


def sample(root: psutil.Process, at: float, *, memory: bool) -> Sample:
    """Sample the process tree once. Processes that end meanwhile are left out."""
    held, work, other = 0, 0.0, 0.0
    for process in _tree(root):
        try:
            with process.oneshot():
                times = process.cpu_times()
                at_work = _is_work(process)
            held += _proportional(process.pid) if memory else 0
        except (psutil.NoSuchProcess, ProcessLookupError, FileNotFoundError):
            continue
        spent = times.user + times.system + times.children_user + times.children_system
        if at_work:
            work += spent
        else:
            other += spent
    return Sample(at, held, work, other)


def _tree(root: psutil.Process) -> list[psutil.Process]:
    try:
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_work(process: psutil.Process) -> bool:
    # A forked child has its zygote's command line.
    command = process.cmdline()
    return all(word in command for word in ZYGOTE)


def _proportional(pid: int) -> int:
    """The proportional set size: shared pages are divided among processes, so that a sum counts each page once."""
    with open(os.path.join("/proc", str(pid), "smaps_rollup")) as lines:  # noqa: PTH123, PTH118 - sampled often
        for line in lines:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
