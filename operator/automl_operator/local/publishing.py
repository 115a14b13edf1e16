"""Puts the published model into the run's folder, at <out>/model."""

import os
import secrets
import shutil
from pathlib import Path

from automl_api import failpoints
from automl_api.files import sync_directory
from automl_operator.local.files import TEMPORARY_PREFIX, make_private
from automl_operator.local.run_folder import RunFolder

PLACE_BUNDLE = failpoints.declare("local.place-bundle")


def place_bundle(place: RunFolder, published: Path) -> None:
    """Place a bundle from the store at the run's `model` atomically, by hard links where possible. Raises OSError."""
    for left in place.root.glob(f"{TEMPORARY_PREFIX}model-*"):
        shutil.rmtree(left)
    if place.bundle.exists():
        return
    temporary = place.root / f"{TEMPORARY_PREFIX}model-{secrets.token_hex(4)}"
    failpoints.reach(f"before:{PLACE_BUNDLE}")
    make_private(temporary)
    shutil.copytree(published, temporary, copy_function=_link_or_copy, dirs_exist_ok=True)
    temporary.rename(place.bundle)
    sync_directory(place.root)
    failpoints.reach(f"after:{PLACE_BUNDLE}")


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        # Not every file system has hard links. On a full disk the copy raises the error again.
        shutil.copy2(source, target)
    return target
