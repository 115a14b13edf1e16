"""A real Kubernetes cluster on one Linux machine, for tests. It needs no registry, no virtual machine and no Docker.

The control plane, the kubelets and the add-ons run as ordinary processes with addresses of their own; containers run
in containerd. Everything is built from Go modules (`go/`) and Debian packages, and `down` removes every trace of it.
"""

from cluster.cluster import Cluster
from cluster.component import Component
from cluster.errors import ToolError
from cluster.node import Node

__all__ = ["Cluster", "Component", "Node", "ToolError"]
