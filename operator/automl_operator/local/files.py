"""Writes files atomically, in folders that only their user may enter, so that a crash leaves no half-written file."""

import os
from pathlib import Path

from automl_api import failpoints
from automl_api.files import sync_directory

TEMPORARY_PREFIX = ".writing-"
PRIVATE_UMASK = 0o077
"""The runners' umask: only the user may read the files that they create."""


def make_private(folder: Path) -> None:
    """Create a folder and its missing parents so that only their user may enter, whatever the umask.

    An existing folder stays as it is. Raises OSError.
    """
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
        parent.chmod(0o700)  # a umask may have removed the user's own rights


def write_atomically(path: Path, data: bytes, write: str, *, at_once: bool = True) -> None:
    """Replace a file through a temporary one; `write` is the failpoint name of this durable write. Raises OSError.

    Without `at_once` a power failure may bring back the old file, until a later write in the same directory has it.
    """
    failpoints.reach(f"before:{write}")
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{path.name}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    if at_once:
        sync_directory(path.parent)
    failpoints.reach(f"after:{write}")
