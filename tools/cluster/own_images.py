"""The images that the cluster itself needs: pause for sandboxes, and a shell for the provisioner's helper pods."""

from pathlib import Path

from cluster.addons import BUSYBOX_IMAGE
from cluster.image_archive import busybox_layer, write_archive
from cluster.node_files import PAUSE_IMAGE
from cluster.packages import BUSYBOX
from cluster.shell import run

_COMMANDS = {BUSYBOX_IMAGE: ["/bin/sh"], PAUSE_IMAGE: ["/bin/sleep", "2147483647"]}


def own_images(folder: Path) -> Path:
    """The archive in a folder with these images; it is written if missing."""
    archive = folder / "own-images.tar"
    if not archive.exists():
        applets = run([BUSYBOX, "--list"]).split()
        write_archive(archive, busybox_layer(BUSYBOX.read_bytes(), applets), _COMMANDS)
    return archive
