"""Durable names of files, for the operator, for runners and for models."""

import os
from pathlib import Path


def sync_directory(directory: Path) -> None:
    """Make the names in a directory, such as that of a renamed file, survive a power failure. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
