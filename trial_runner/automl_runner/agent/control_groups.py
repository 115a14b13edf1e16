"""The memory of this process's control groups: limits, use, and processes that the kernel killed.

Version 2 has one tree of groups; version 1 has one for memory, mounted below it. A container sees its own group under
its path or, without a name space of its own, as the root.
"""

from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_MACHINE = Path("/proc/vmstat")


def memory_limits(root: Path = _ROOT, own: Path = _OWN) -> tuple[int, ...]:
    """The limits, in bytes, of this process's groups and the groups above them, as far as they are visible."""
    files = [group / "memory.max" for group in _groups(root, own)]
    files += [group / "memory.limit_in_bytes" for group in _old_groups(root, own)]
    texts = ["".join(_lines(file)) for file in files]
    return tuple(int(text) for text in texts if text.isdigit())


def memory_used(limit: int, root: Path = _ROOT, own: Path = _OWN) -> int:
    """The most bytes that a group with a limit of `limit` or less holds; 0 without such a group.

    Only memory that the kernel cannot take back counts: memory of processes and shared memory, also files in /dev/shm
    that no process has mapped, but not the page cache.
    """
    found = [(group / "memory.max", group, ("anon", "shmem")) for group in _groups(root, own)]
    found += [
        (group / "memory.limit_in_bytes", group, ("total_rss", "total_shmem")) for group in _old_groups(root, own)
    ]
    return max((_held(group, names) for file, group, names in found if _is_at_most(file, limit)), default=0)


def _is_at_most(file: Path, limit: int) -> bool:
    text = "".join(_lines(file))
    return text.isdigit() and int(text) <= limit


def _held(group: Path, names: tuple[str, ...]) -> int:
    counts = (line.partition(" ") for line in _lines(group / "memory.stat"))
    return sum(int(count) for name, _, count in counts if name in names and count.isdigit())


def out_of_memory_kills(root: Path = _ROOT, own: Path = _OWN, machine: Path = _MACHINE) -> int:
    """The number of processes that the kernel killed because memory ran out: in this group, else on the machine.

    The kernel counts before it kills, so the count is there when the process is gone. 0 where neither count exists.
    """
    files = [group / "memory.events" for group in _groups(root, own)]
    files += [group / "memory.oom_control" for group in _old_groups(root, own)]
    for file in (*files, machine):
        for line in _lines(file):
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _groups(root: Path, own: Path) -> tuple[Path, ...]:
    """This process's group and the groups above it, up to the root that it sees."""
    return _upwards(root, own, "0::")


def _old_groups(root: Path, own: Path) -> tuple[Path, ...]:
    return _upwards(root / "memory", own, ":memory:")


def _upwards(root: Path, own: Path, mark: str) -> tuple[Path, ...]:
    path = next((line.partition(mark)[2] for line in _lines(own) if mark in line), None)
    if path is None:
        return ()
    group = root / path.lstrip("/")
    return tuple(folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        # A missing file means no limit and no count.
        return []
