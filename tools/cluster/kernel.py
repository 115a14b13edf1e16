"""The kernel settings, control groups and mounts that the cluster changes, and their clean-up."""

import ctypes
import errno
import os
from functools import partial
from pathlib import Path

from cluster.daemon import ProcessHandle, process
from cluster.errors import ToolError
from cluster.shell import succeeds
from cluster.waiting import wait_until

_CGROUPS = Path("/sys/fs/cgroup")
_NEEDED = {"net/ipv4/ip_forward": "1", "net/bridge/bridge-nf-call-iptables": "1"}
_SET_BY_KUBERNETES = (
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "net/bridge/bridge-nf-call-ip6tables",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv6/conf/all/forwarding",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)
_DETACH = 2


def settings() -> dict[str, str]:
    """The present values of the settings that the cluster, kubelet or kube-proxy may change."""
    paths = ((name, Path("/proc/sys") / name) for name in (*_NEEDED, *_SET_BY_KUBERNETES))
    return {name: path.read_text(encoding="ascii").strip() for name, path in paths if path.exists()}


def apply_settings() -> None:
    """Turn on forwarding, and iptables for bridged packets. Raises ToolError when the kernel cannot."""
    if not (Path("/proc/sys") / "net/bridge").exists():
        succeeds(["modprobe", "br_netfilter"])
    for name, value in _NEEDED.items():
        path = Path("/proc/sys") / name
        if not path.exists():
            raise ToolError(f"this kernel has no {path}; load its module (modprobe br_netfilter)")
        path.write_text(value, encoding="ascii")


def restore_settings(before: dict[str, str]) -> None:
    """Restore the settings that differ from `before`."""
    for name, value in settings().items():
        if name in before and before[name] != value:
            (Path("/proc/sys") / name).write_text(before[name], encoding="ascii")


def hierarchies() -> list[Path]:
    """The roots of the control groups: one root in version 2, one for each controller in version 1."""
    if (_CGROUPS / "cgroup.controllers").exists():
        return [_CGROUPS]
    roots = [path for path in sorted(_CGROUPS.iterdir()) if (path / "cgroup.procs").exists() and not path.is_symlink()]
    return [path for path in roots if not (path / "cgroup.controllers").exists()]


def add_cgroup(name: str) -> None:
    """Create `name` in every hierarchy, with all controllers, because a kubelet needs its root to exist."""
    for root in hierarchies():
        folder = root
        for part in Path(name).parts:
            _delegate(folder)
            parent, folder = folder, folder / part
            folder.mkdir(exist_ok=True)
            _inherit_cpuset(parent, folder)
            _give_weight(folder)


def _give_weight(folder: Path) -> None:
    """Raise the group's CPU weight. By default all pods together weigh as much as one process, which is too little."""
    for file, weight in (("cpu.shares", 8192), ("cpu.weight", 800)):
        if (folder / file).exists():
            (folder / file).write_text(str(weight), encoding="ascii")


def _delegate(folder: Path) -> None:
    available = folder / "cgroup.controllers"
    if available.exists():
        wanted = " ".join(f"+{name}" for name in available.read_text(encoding="ascii").split())
        (folder / "cgroup.subtree_control").write_text(wanted, encoding="ascii")


def _inherit_cpuset(parent: Path, folder: Path) -> None:
    for name in ("cpuset.cpus", "cpuset.mems"):
        if (folder / "cpuset.memory_migrate").exists() and not (folder / name).read_text(encoding="ascii").strip():
            (folder / name).write_text((parent / name).read_text(encoding="ascii"), encoding="ascii")


def processes_in(name: str) -> list[ProcessHandle]:
    """Every process below the control group `name`."""
    files = [file for root in hierarchies() for file in (root / name).rglob("cgroup.procs")]
    pids = {int(pid) for file in files for pid in file.read_text(encoding="ascii").split()}
    return [found for found in map(process, pids) if found is not None]


def remove_cgroup(name: str) -> None:
    """Remove `name` and all groups below it from every hierarchy. Raises ToolError while a process is in one."""
    for root in hierarchies():
        below = [path for path in (root / name).rglob("*") if path.is_dir()]
        for folder in [*sorted(below, key=lambda path: -len(path.parts)), root / name]:
            # The kernel releases a group a moment after its last process has ended.
            wait_until(f"the control group {folder} is empty", partial(_removed, folder), seconds=20)


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True


def mounts() -> list[str]:
    """Every mount point, in the order of mounting."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    return [line.split()[4].encode().decode("unicode_escape") for line in lines]


def unmount_below(folder: Path) -> None:
    """Unmount everything below a folder, in reverse order of mounting. Raises ToolError."""
    library = ctypes.CDLL(None, use_errno=True)
    for point in reversed([point for point in mounts() if point == str(folder) or point.startswith(f"{folder}/")]):
        if library.umount2(os.fsencode(point), _DETACH) != 0:
            raise ToolError(f"{point} cannot be unmounted: {os.strerror(ctypes.get_errno())}")


def require_root() -> None:
    """Raise ToolError for an ordinary user, and on a system that is not Linux."""
    if not Path("/proc/self/mountinfo").exists():
        raise ToolError("the test cluster needs Linux: it uses namespaces, control groups and iptables")
    if os.geteuid() != 0:
        raise ToolError("the test cluster needs root: it adds interfaces, rules and control groups; try sudo")
