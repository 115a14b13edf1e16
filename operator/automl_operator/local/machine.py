"""The cores and the memory that a run may use, within the limits of its container or batch system."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from automl_api.cores import allowed_cores

CGROUP_V2 = Path("/sys/fs/cgroup")
MACHINE = Path("/proc/vmstat")


@dataclass(frozen=True)
class Machine:
    """Usable cores and memory in bytes (0: unknown)."""

    cores: int
    memory_bytes: int


def this_machine() -> Machine:
    """The machine as this process may use it."""
    return Machine(_cores(), _memory_bytes())


def out_of_memory_kills() -> int:
    """Number of processes that the kernel has killed because memory was short.

    It counts those of our control group, or else of the whole machine; 0 when both are unknown.
    """
    for file in (*(group / "memory.events" for group in _control_groups()), MACHINE):
        for line in _lines(file):
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _cores() -> int:
    allowed = allowed_cores()
    for directory in _control_groups():
        for line in _lines(directory / "cpu.max"):
            quota, _, period = line.partition(" ")
            if quota.isdigit() and period.isdigit():
                allowed = min(allowed, math.floor(int(quota) / int(period)))
    return max(1, allowed)


def _memory_bytes() -> int:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
    for directory in _control_groups():
        for line in _lines(directory / "memory.max"):
            if line.isdigit():
                memory = min(memory, int(line))
    return memory


def _control_groups() -> tuple[Path, ...]:
    """Our control group and its parents, up to the root that is visible here."""
    for line in _lines(Path("/proc/self/cgroup")):
        number, _, path = line.partition("::")
        if number == "0" and path:
            inner = CGROUP_V2 / path.lstrip("/")
            return tuple(group for group in (inner, *inner.parents) if group.is_relative_to(CGROUP_V2))
    return ()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        # A missing file sets no limit.
        return []
