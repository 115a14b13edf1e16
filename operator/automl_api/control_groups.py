"""The control groups of this process: limits of cores and memory, memory in use, and processes that the kernel killed.

Version 2 has one tree of groups. Version 1 has a tree for each resource, mounted below the root. A container sees its
own group under its path or, without a name space of its own, as the root.
"""

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
MACHINE = Path("/proc/vmstat")


def core_limits(root: Path = ROOT, own: Path = OWN) -> tuple[float, ...]:
    """The numbers of cores that this process's groups and the groups above them allow, as far as they are visible."""
    files = [(group / "cpu.max",) for group in _groups(root, own)]
    old = [(group / "cpu.cfs_quota_us", group / "cpu.cfs_period_us") for group in _old_groups(root, own, "cpu")]
    texts = [" ".join(line for file in pair for line in _lines(file)) for pair in (*files, *old)]
    pairs = [text.partition(" ") for text in texts]
    return tuple(int(quota) / int(period) for quota, _, period in pairs if quota.isdigit() and period.isdigit())


def memory_limits(root: Path = ROOT, own: Path = OWN) -> tuple[int, ...]:
    """The limits, in bytes, of this process's groups and the groups above them, as far as they are visible."""
    files = [group / "memory.max" for group in _groups(root, own)]
    files += [group / "memory.limit_in_bytes" for group in _old_groups(root, own, "memory")]
    texts = ["".join(_lines(file)) for file in files]
    return tuple(int(text) for text in texts if text.isdigit())


def memory_used(limit: int, root: Path = ROOT, own: Path = OWN) -> int:
    """The most bytes that a group with a limit of `limit` or less holds; 0 without such a group.

    Only memory that the kernel cannot take back counts: memory of processes and shared memory, also files in /dev/shm
    that no process has mapped, but not the page cache.
    """
    found = [(group / "memory.max", group, ("anon", "shmem")) for group in _groups(root, own)]
    found += [
        (group / "memory.limit_in_bytes", group, ("total_rss", "total_shmem"))
        for group in _old_groups(root, own, "memory")
    ]
    return max((_held(group, names) for file, group, names in found if _is_at_most(file, limit)), default=0)


def _is_at_most(file: Path, limit: int) -> bool:
    text = "".join(_lines(file))
    return text.isdigit() and int(text) <= limit


def _held(group: Path, names: tuple[str, ...]) -> int:
    counts = (line.partition(" ") for line in _lines(group / "memory.stat"))
    return sum(int(count) for name, _, count in counts if name in names and count.isdigit())


def out_of_memory_kills(root: Path = ROOT, own: Path = OWN, machine: Path = MACHINE) -> int:
    """The number of processes that the kernel killed because memory ran out: in this group, else on the machine.

    The kernel counts before it kills, so the count is there when the process is gone. 0 where neither count exists.
    """
    files = [group / "memory.events" for group in _groups(root, own)]
    files += [group / "memory.oom_control" for group in _old_groups(root, own, "memory")]
    for file in (*files, machine):
        for line in _lines(file):
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _groups(root: Path, own: Path) -> tuple[Path, ...]:
    """This process's group and the groups above it, up to the root that it sees."""
    return _upwards(root, own, "")


def _old_groups(root: Path, own: Path, controller: str) -> tuple[Path, ...]:
    """The same in version 1's tree for a controller."""
    return _upwards(root / controller, own, controller)


def _upwards(root: Path, own: Path, controller: str) -> tuple[Path, ...]:
    # A line is number:controllers:path, for example 4:cpu,cpuacct:/pod; version 2 has no controllers there.
    fields = [line.split(":", 2) for line in _lines(own)]
    path = next((field[2] for field in fields if len(field) == 3 and controller in field[1].split(",")), None)
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
