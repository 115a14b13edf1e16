"""Ends the largest child before the kernel ends the whole runner: at 90 % of the limit."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from automl_api.control_groups import memory_limits, memory_used
from automl_runner.agent.endings import StopReason
from automl_runner.agent.work import Work

SHARE = 0.9
_GIB = 2**30
_BYTES_PER_SECOND_AND_CHILD = 4 * _GIB
_SHORTEST_SECONDS, _LONGEST_SECONDS = 0.1, 1.0


def memory_limit(announced: int) -> int:
    """The lowest of the announced limit (0: none), the control groups' limits and the machine's memory."""
    limits = [psutil.virtual_memory().total, *memory_limits()]
    return int(min([*limits, announced] if announced > 0 else limits))


def pause_seconds(headroom_bytes: int, children: int) -> float:
    """The pause between two measurements: half the time in which children, one core each, could fill the headroom."""
    seconds = headroom_bytes / (_BYTES_PER_SECOND_AND_CHILD * max(1, children))
    return min(_LONGEST_SECONDS, max(_SHORTEST_SECONDS, seconds / 2))


async def watch_memory(limit: int, works: Callable[[], Sequence[Work]], others: Callable[[], Sequence[int]]) -> None:
    """Measure until cancelled. `others` are processes that count but are not ended, such as the zygote."""
    threshold = int(limit * SHARE)
    ended: int | None = None
    while True:
        at_work = works()
        for work in at_work:
            work.measure(_held_bytes(work.pid))
        counted = sum(work.memory_bytes for work in at_work) + sum(_resident_bytes(pid) for pid in others())
        used = max(counted, memory_used(limit))
        # One at a time: until the ended child is gone, it is not known whether that was enough.
        if used > threshold and at_work and not _held_bytes(ended):
            ended = _end_largest(at_work, used, limit)
        await asyncio.sleep(pause_seconds(max(0, threshold - used), len(at_work)))


def _end_largest(works: Sequence[Work], used: int, limit: int) -> int | None:
    largest = max(works, key=lambda work: work.memory_bytes)
    largest.stop(
        StopReason.OUT_OF_MEMORY,
        f"the runner held {used / _GIB:.2f} GiB of the {limit / _GIB:.2f} GiB that it may have, and this was its "
        f"largest process with {largest.memory_bytes / _GIB:.2f} GiB; give the runner more memory, or fewer slots",
    )
    return largest.pid


def _held_bytes(pid: int | None) -> int:
    """About the memory that the child's end would free: without mapped files and pages shared with the zygote."""
    try:
        return min(_resident_bytes(pid), psutil.Process(pid).memory_full_info().uss) if pid is not None else 0
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _resident_bytes(pid: int | None) -> int:
    """Resident memory without mapped files, but with shared memory, which counts towards the limit."""
    try:
        used = _used_on_linux(pid)
        return used if used is not None else int(psutil.Process(pid).memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        return 0


def _used_on_linux(pid: int | None) -> int | None:
    """Anonymous and shared memory; None where unknown. Raises OSError for a process that is gone."""
    if sys.platform != "linux":
        return None
    lines = (line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    kinds = [int(fields[1]) * 1024 for fields in lines if fields and fields[0] in ("RssAnon:", "RssShmem:")]
    return sum(kinds) if kinds else None
