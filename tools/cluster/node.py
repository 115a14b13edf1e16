"""A node: containerd and a kubelet with folders, addresses, control group and pod network of their own."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster import kernel, network
from cluster.component import Component
from cluster.daemon import Daemon, ProcessHandle, end, process
from cluster.files import write_file
from cluster.layout import NodePlace
from cluster.node_files import containerd_config, kubelet_config, kubelet_flags, pod_network
from cluster.pki import Authority
from cluster.shell import run, succeeds

_SHIM = "containerd-shim-runc-v2"
_SHIM_SOCKETS = Path("/run/containerd/s")
_LOG_LINKS = Path("/var/log/containers")
_LONGEST_IMPORT_SECONDS = 900


@dataclass(frozen=True)
class Node:
    """One node of the cluster. `node_is_ready` asks the API server; `programs` is the folder with the kubelet."""

    place: NodePlace
    programs: Path
    kubeconfig: Path
    node_is_ready: Callable[[str], bool]

    @property
    def name(self) -> str:
        """The Node's name."""
        return self.place.name

    @property
    def containerd(self) -> Component:
        """The component that runs the containers."""
        daemon = Daemon(
            "containerd", ["containerd", "--config", str(self.place.folder / "containerd.toml")], self.place.folder
        )
        answers = ["ctr", "--address", str(self.place.socket), "--connect-timeout", "1s", "version"]
        return Component(daemon, lambda: self.place.socket.exists() and succeeds(answers))

    @property
    def kubelet(self) -> Component:
        """The component that runs the pods. It is ready when its Node is Ready."""
        command = [str(self.programs / "kubelet"), *kubelet_flags(self.place, self.kubeconfig)]
        daemon = Daemon("kubelet", command, self.place.folder)
        return Component(daemon, lambda: self.node_is_ready(self.name))

    @property
    def killed(self) -> bool:
        """True after `kill`: then nothing starts the node again."""
        return self._mark.exists()

    @property
    def _mark(self) -> Path:
        return self.place.folder / "killed"

    def write_files(self, authority: Authority, serving: tuple[Path, Path], *, reserved_for: str = "") -> None:
        """Write the configuration of containerd, kubelet and pod network."""
        folder = self.place.folder
        (folder / "cni").mkdir(parents=True, exist_ok=True)
        write_file(folder / "containerd.toml", containerd_config(self.place))
        write_file(folder / "cni" / "10-pods.conflist", json.dumps(pod_network(self.place)))
        config = kubelet_config(self.place, authority.certificate, serving, reserved_for=reserved_for)
        write_file(folder / "kubelet.json", json.dumps(config, indent=1))

    def start_containerd(self) -> None:
        """Give the node its address and control group, and start containerd, so that images can be imported."""
        network.add_address(self.place.address)
        kernel.add_cgroup(self.place.cgroup)
        self.containerd.start()

    def import_images(self, archives: Mapping[str, Path], digests: Mapping[str, str]) -> list[str]:
        """Import the images that the node lacks from their archives, and return their names. Keys are image names."""
        present = self.images()
        new = [name for name, digest in digests.items() if present.get(name) != digest]
        for archive in dict.fromkeys(archives[name] for name in new):
            self._ctr("images", "import", str(archive), timeout=_LONGEST_IMPORT_SECONDS)
        return new

    def images(self) -> dict[str, str]:
        """The images that the node has: name to digest."""
        lines = [line.split() for line in self._ctr("images", "list").splitlines()[1:]]
        return {fields[0]: fields[2] for fields in lines}

    def kill(self, *, leave_containers: bool = False) -> None:
        """Make the node fail: kill kubelet, containerd and shims, without telling the API server.

        With `leave_containers` the containers run on, as on a node that has only lost its network.
        """
        self._mark.touch()
        self.kubelet.kill()
        self.containerd.kill()
        end(self.shims())
        if not leave_containers:
            end(kernel.processes_in(self.place.cgroup))

    def shims(self) -> list[ProcessHandle]:
        """The processes between containerd and the containers of this node."""
        wanted = str(self.place.socket).encode()
        pids = [
            int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit() and _is_shim(folder, wanted)
        ]
        return [shim for shim in map(process, pids) if shim is not None]

    def remove(self) -> None:
        """Stop all processes of the node and remove its traces from the machine. Its Node object stays."""
        sockets = _shim_sockets(self.place)
        self.kubelet.stop()
        self.kill()
        kernel.unmount_below(self.place.folder)
        network.remove_node(self.place)
        kernel.remove_cgroup(self.place.cgroup)
        _remove_log_links(self.place.folder)
        for socket in sockets:
            socket.unlink(missing_ok=True)
        shutil.rmtree(self.place.folder)

    def _ctr(self, *arguments: str, timeout: float = 60) -> str:
        command = ["ctr", "--address", str(self.place.socket), "--namespace", "k8s.io", *arguments]
        return run(command, timeout=timeout)


def _is_shim(folder: Path, socket: bytes) -> bool:
    try:
        command = (folder / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return command[0].endswith(_SHIM.encode()) and socket in command


def _shim_sockets(place: NodePlace) -> list[Path]:
    """The sockets of the node's shims. containerd 1.6 puts them in one folder of the machine, and records each path."""
    addresses = (place.folder / "containerd-state").glob("io.containerd.runtime.v2.task/*/*/address")
    named = [Path(file.read_text(encoding="utf-8").strip().removeprefix("unix://")) for file in addresses]
    return [socket for socket in named if socket.parent == _SHIM_SOCKETS]


def _remove_log_links(folder: Path) -> None:
    links = [
        link for link in _LOG_LINKS.glob("*") if link.is_symlink() and str(link.readlink()).startswith(str(folder))
    ]
    for link in links:
        link.unlink()
