"""Files that are whole or not there, whenever the program dies."""

import os
from pathlib import Path

from automl_api import failpoints

TEMPORARY_PREFIX = ".writing-"


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
