"""The folders, addresses and names of the cluster. It listens on no public address of the machine.

The cluster has addresses of its own on a bridge without ports. So the usual ports are free on them, and every node can
use the same ones.
"""

import os
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.45.0.1"
"""The address for endpoints that only the control plane uses: etcd, health, metrics."""
CONTROL_PLANE = "10.245.0.1"
"""The address of API server and name server, for nodes and pods."""
MACHINE_NETWORK = "10.245.0.0/24"
POD_NETWORK = "10.244.0.0/16"
SERVICE_NETWORK = "10.96.0.0/16"
KUBERNETES_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
DNS_PORT = 10053
API_PORT = 6443
CLUSTER_DOMAIN = "cluster.local"
ISSUER = "https://kubernetes.default.svc"

INTERFACE_PREFIX = "aml-"
HOST_INTERFACE = f"{INTERFACE_PREFIX}host"
CGROUP = "automl-cluster"
RULE_COMMENT = "automl-cluster"


@dataclass(frozen=True)
class ClusterFolders:
    """Two folders outside the work tree: `state` exists from `up` to `down`, `cache` is kept."""

    state: Path
    cache: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.state / "kubeconfig"

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.state / "pki"

    @property
    def nodes(self) -> Path:
        """A folder for each node."""
        return self.state / "nodes"

    @property
    def images(self) -> Path:
        """Archives of images that are imported into each node."""
        return self.cache / "images"


@dataclass(frozen=True)
class NodePlace:
    """Names, addresses and folders of the node with this number, which counts from 1."""

    number: int
    nodes: Path

    @property
    def name(self) -> str:
        """The Node's name."""
        return f"node-{self.number}"

    @property
    def address(self) -> str:
        """The node's address on the machine's bridge without ports."""
        return f"10.245.0.{10 + self.number}"

    @property
    def pod_network(self) -> str:
        """The subnet of this node's pods."""
        return f"10.244.{self.number}.0/24"

    @property
    def bridge(self) -> str:
        """The bridge that this node's pods are attached to."""
        return f"{INTERFACE_PREFIX}pods{self.number}"

    @property
    def cgroup(self) -> str:
        """The node's control group, below the root of each hierarchy."""
        return f"{CGROUP}/{self.name}"

    @property
    def folder(self) -> Path:
        """The folder with all files of the node."""
        return self.nodes / self.name

    @property
    def socket(self) -> Path:
        """The socket on which containerd listens."""
        return self.folder / "containerd.sock"


def default_layout() -> ClusterFolders:
    """The layout in the XDG base directories `state` and `cache` of the user who runs this."""
    home = Path.home()
    state = Path(os.environ.get("XDG_STATE_HOME") or home / ".local/state")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    return ClusterFolders(state / "automl-operator/cluster", cache / "automl-operator/cluster")
