"""What comes from Debian: the container runtime, its network plugins, and what images are built with."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cluster.errors import ClusterError
from cluster.shell import run

NETWORK_PLUGINS = Path("/usr/lib/cni")
BUSYBOX = Path("/bin/busybox")

PACKAGES = {
    "busybox-static": str(BUSYBOX),
    "conntrack": "conntrack",
    "containerd": "containerd",
    "containernetworking-plugins": str(NETWORK_PLUGINS / "bridge"),
    "iproute2": "ip",
    "iptables": "iptables",
    "openssl": "openssl",
    "runc": "runc",
}
"""Each package that the cluster runs on, and the program that shows that it is there."""
IMAGE_PACKAGES = {"buildah": "buildah", "debootstrap": "debootstrap", "skopeo": "skopeo", "umoci": "umoci"}
"""What images are built with."""


def missing(packages: dict[str, str]) -> list[str]:
    """The packages whose program is not on this machine."""
    folders = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [package for package, program in packages.items() if shutil.which(program, path=folders) is None]


def install(packages: dict[str, str], say: Callable[[str], None]) -> None:
    """Install what is missing with apt-get, and say so; raises ClusterError where there is no apt-get."""
    lacking = missing(packages)
    if not lacking:
        return
    if shutil.which("apt-get") is None:
        raise ClusterError(
            f"not on this machine: {', '.join(packages[name] for name in lacking)}; there is no apt-get to install"
            f" {' '.join(lacking)} with, so install what your distribution calls them"
        )
    say(f"Installing with apt-get: {' '.join(lacking)} (they stay)")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "--quiet"], extra=quiet, timeout=600)
    run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *lacking], extra=quiet, timeout=1200)
