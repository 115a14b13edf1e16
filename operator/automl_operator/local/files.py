"""Files that are whole or not there, whenever the program dies, in folders that are their user's alone."""

import os
from pathlib import Path

from automl_api import failpoints

TEMPORARY_PREFIX = ".writing-"
PRIVATE_UMASK = 0o077
"""Of the runners: what they make is their user's alone, too."""


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are not there: only their user may enter, whatever the umask. One that is
    there already stays as it is. Raises OSError."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        one.chmod(0o700)  # a umask may have taken the user's own rights


def write_atomically(path: Path, data: bytes, write: str, *, at_once: bool = True) -> None:
    """Replace a file by way of a temporary one; `write` is the declared name of this durable write. Raises OSError.

    Not `at_once`, a power failure may bring back the file as it was, until the next write at once in its directory.
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


def sync_directory(directory: Path) -> None:
    """Make renames in a directory last through a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
