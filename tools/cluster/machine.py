"""Records the machine's state before `up` and after `down`, to find traces that the cluster left."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from cluster import firewall, kernel, network
from cluster.layout import Layout
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
class Machine:
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


def from_json(text: str) -> Machine:
    """The state from the JSON of `to_json`."""
    return Machine(**json.loads(text))


def observe(layout: Layout) -> Machine:
    """The machine's present state. Of its processes it lists those of containerd and of the cluster in `layout`."""
    groups = [path for root in kernel.hierarchies() for path in root.iterdir() if path.is_dir()]
    return Machine(
        processes=sorted(_processes(layout)),
        mounts=sorted(kernel.mounts()),
        interfaces=network.interfaces(),
        routes=sorted(line.strip() for line in run(["ip", "-4", "route", "show", "table", "all"]).splitlines()),
        rules=sorted(firewall.rules()),
        control_groups=sorted(str(path) for path in groups),
        folders=sorted(str(path) for folder in _KEPT_BY_KUBERNETES for path in _with_children(Path(folder))),
        settings=kernel.settings(),
    )


def differences(before: Machine, after: Machine) -> list[str]:
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


def remove_new_folders(before: Machine) -> None:
    """Remove the folders of Kubernetes and containerd that the machine did not have before."""
    for folder in map(Path, _KEPT_BY_KUBERNETES):
        if folder.is_dir() and str(folder) not in before.folders:
            shutil.rmtree(folder)


def _with_children(folder: Path) -> list[Path]:
    return [folder, *folder.iterdir()] if folder.is_dir() else []


def _processes(layout: Layout) -> list[str]:
    commands = {folder.name: _command(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit()}
    return [f"{pid} {' '.join(command)}" for pid, command in commands.items() if command and _belongs(command, layout)]


def _command(folder: Path) -> list[str]:
    try:
        text = (folder / "cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rstrip("\0").split("\0") if text else []


def _belongs(command: list[str], layout: Layout) -> bool:
    return command[0].startswith(str(layout.cache / "tools")) or any(
        word.startswith(str(layout.state)) for word in command[1:] if "containerd" in command[0]
    )
