"""The cores and the memory that a run may use, within the limits of its container or batch system."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from automl_api.control_groups import OWN, ROOT, core_limits, memory_limits
from automl_api.cores import allowed_cores


@dataclass(frozen=True)
class Machine:
    """Usable cores and memory in bytes (0: unknown)."""

    cores: int
    memory_bytes: int


def this_machine(root: Path = ROOT, own: Path = OWN) -> Machine:
    """The machine as this process may use it; `root` and `own` are the files of its control groups."""
    cores = min([allowed_cores(), *map(math.floor, core_limits(root, own))])
    return Machine(max(1, cores), _memory_bytes(memory_limits(root, own)))


def _memory_bytes(limits: tuple[int, ...]) -> int:
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0
    return min([memory, *limits])
