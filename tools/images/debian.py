"""Builds a base image from Debian packages with debootstrap, for machines without a registry."""

import shutil
from pathlib import Path

from cluster.shell import run
from images.buildah import Buildah
from images.content import key

SUITE = "bookworm"
# python3-venv: the builds' own environments. libgomp1 comes with the runner's Containerfile, as on any base.
PACKAGES = ("ca-certificates", "python3", "python3-venv")
# Folders that a container never reads; the apt lists would be out of date at the next build.
EMPTIED = ("dev", "usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man", "var/cache/apt",
           "var/lib/apt/lists", "var/log")  # fmt: skip
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
REFERENCE = f"localhost/debian-python:{key(SUITE, *PACKAGES, *EMPTIED, SEARCH_PATH)}"


def ensure(buildah: Buildah) -> None:
    """Build the base image unless the storage has it. Needs root and access to a Debian mirror."""
    if buildah.has(REFERENCE):
        return
    print(f"Building {REFERENCE} from Debian {SUITE}'s packages", flush=True)
    with buildah.working_container() as (container, root):
        run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root], timeout=1800)
        for folder in EMPTIED:
            _empty(root / folder)
        buildah.commit(container, REFERENCE, environment={"PATH": SEARCH_PATH})


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()
