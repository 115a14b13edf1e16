"""Records the machine's state before `up` and after `down`, to find traces that the cluster left."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from cluster import firewall, kernel, network
from cluster.layout import ClusterFolders
from cluster.shell import run

_KEPT_BY_KUBERNETES = (
    "/etc/cni",
    "/opt/cni",
    "/opt/containerd",
    "/run/containerd",
    "/run/netns",
    "/usr/libexec/kubernetes",
    "/var/lib/cni",
    "/var/lib/containerd",
    "/var/lib/kubelet",
    "/var/log/containers",
    "/var/log/pods",
)
"""The folders that Kubernetes and containerd use by default, or always."""


@dataclass(frozen=True)
class MachineState:
    """The machine's state, each part as sorted lines; `settings` by name."""

    processes: list[str]
    mounts: list[str]
    interfaces: list[str]
    routes: list[str]
    rules: list[str]
    control_groups: list[str]
    folders: list[str]
    settings: dict[str, str]

    def to_json(self) -> str:
        """The state as JSON."""
        return json.dumps(asdict(self), indent=1)


def from_json(text: str) -> MachineState:
    """The state from the JSON of `to_json`."""
    return MachineState(**json.loads(text))


def observe(layout: ClusterFolders) -> MachineState:
    """The machine's present state. Of its processes it lists those of the cluster in `layout`."""
    groups = [path for root in kernel.hierarchies() for path in root.iterdir() if path.is_dir()]
    return MachineState(
        processes=processes(layout),
        mounts=sorted(kernel.mounts()),
        interfaces=network.interfaces(),
        routes=sorted(line.strip() for line in run(["ip", "-4", "route", "show", "table", "all"]).splitlines()),
        rules=sorted(firewall.rules()),
        control_groups=sorted(str(path) for path in groups),
        folders=sorted(str(path) for folder in _KEPT_BY_KUBERNETES for path in _with_children(Path(folder))),
        settings=kernel.settings(),
    )


def differences(before: MachineState, after: MachineState) -> list[str]:
    """A line for everything that was added, removed or changed; empty without a difference."""
    found = []
    for kind, was in asdict(before).items():
        now = getattr(after, kind)
        if isinstance(was, dict):
            found += [
                f"{kind}: {name} was {was.get(name)}, is {now.get(name)}" for name in was if was[name] != now.get(name)
            ]
        else:
            found += [f"{kind}: {line} is left" for line in now if line not in was]
            found += [f"{kind}: {line} is gone" for line in was if line not in now]
    return found


def lasting_differences(before: MachineState, look: Callable[[], MachineState], *, seconds: float = 5) -> list[str]:
    """The differences that are still there after `seconds`: other programs come and go beside the cluster."""
    deadline = time.monotonic() + seconds
    while (found := differences(before, look())) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def processes(layout: ClusterFolders) -> list[str]:
    """The running processes of the cluster in `layout`, each as its pid and its command line."""
    folders = [folder for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return sorted(f"{folder.name} {' '.join(_command(folder))}" for folder in folders if _belongs(folder, layout))


def remove_new_folders(before: MachineState) -> None:
    """Remove the folders of Kubernetes and containerd that the machine did not have before."""
    for folder in map(Path, _KEPT_BY_KUBERNETES):
        if folder.is_dir() and str(folder) not in before.folders:
            shutil.rmtree(folder)


def _with_children(folder: Path) -> list[Path]:
    return [folder, *folder.iterdir()] if folder.is_dir() else []


def _command(folder: Path) -> list[str]:
    return _entries(folder / "cmdline")


def _entries(file: Path) -> list[str]:
    try:
        text = file.read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rstrip("\0").split("\0") if text else []


def _belongs(folder: Path, layout: ClusterFolders) -> bool:
    """True for a program of Kubernetes that works with this cluster; a helm that renders a chart beside it does not."""
    command = _command(folder)
    if not command or not (command[0].startswith(str(layout.cache / "tools")) or "containerd" in command[0]):
        return False
    return any(str(layout.state) in word for word in [*command[1:], *_entries(folder / "environ")])
