"""What the kernel says about the memory of this process's control group (cgroup v2): its limits, and whom it killed."""

from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_MACHINE = Path("/proc/vmstat")


def memory_limits(root: Path = _ROOT, own: Path = _OWN) -> tuple[int, ...]:
    """The memory.max of this process's group and of those above it, as far as they are visible, in bytes."""
    texts = ["".join(_lines(group / "memory.max")) for group in _groups(root, own)]
    return tuple(int(text) for text in texts if text.isdigit())


def out_of_memory_kills(root: Path = _ROOT, own: Path = _OWN, machine: Path = _MACHINE) -> int:
    """How many processes the kernel has killed for want of memory: in this group, or where it does not say, anywhere.

    It counts before it kills, so whoever sees the death sees the count. 0 where neither is told.
    """
    for file in (*(group / "memory.events" for group in _groups(root, own)), machine):
        for line in _lines(file):
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _groups(root: Path, own: Path) -> tuple[Path, ...]:
    """This process's group and those above it, up to the root that it sees."""
    path = next((line.removeprefix("0::/") for line in _lines(own) if line.startswith("0::/")), None)
    if path is None:
        return ()
    group = root / path
    return tuple(folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        # A file that is not there limits and counts nothing.
        return []
