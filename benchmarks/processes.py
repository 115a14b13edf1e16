"""Memory and processor time of a process with all its descendants, sampled from outside."""

import os
from dataclasses import dataclass

import psutil

ZYGOTE = ("automl_runner.children", "zygote")


@dataclass(frozen=True)
class Sample:
    """At one moment: proportional set size over all processes, and processor seconds since each began.

    Processes that have ended are counted in their parents' times, so the seconds never fall.
    """

    at: float
    """Seconds of time.time()."""
    memory_bytes: int
    work_seconds: float
    """Of the zygote and the children that it forked: importing, preparing, fitting, finalizing."""
    other_seconds: float
    """Of everything else: the command, the search, the agent."""


def sample(root: psutil.Process, at: float, *, memory: bool) -> Sample:
    """Look at the tree once; what ends meanwhile is left out."""
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
    """Shared pages are divided among those who share them, so that a sum over processes counts each page once."""
    with open(os.path.join("/proc", str(pid), "smaps_rollup")) as lines:  # noqa: PTH123, PTH118 - sampled often
        for line in lines:
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
