"""The Debian packages for the cluster and for building images, and their installation."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cluster.errors import ToolError
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
"""Each package that the cluster needs, and a program that proves its presence."""
IMAGE_PACKAGES = {"buildah": "buildah", "debootstrap": "debootstrap", "skopeo": "skopeo", "umoci": "umoci"}
"""The packages for building images."""


def missing(packages: dict[str, str]) -> list[str]:
    """The packages whose program this machine does not have."""
    folders = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [package for package, program in packages.items() if shutil.which(program, path=folders) is None]


def install(packages: dict[str, str], say: Callable[[str], None]) -> None:
    """Install missing packages with apt-get, and report it. Raises ToolError without apt-get."""
    lacking = missing(packages)
    if not lacking:
        return
    if shutil.which("apt-get") is None:
        raise ToolError(
            f"not on this machine: {', '.join(packages[name] for name in lacking)}; there is no apt-get here, so install"
            f" your distribution's packages for {' '.join(lacking)}"
        )
    say(f"Installing with apt-get: {' '.join(lacking)} (they stay)")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "--quiet"], extra=quiet, timeout=600)
    run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *lacking], extra=quiet, timeout=1200)
