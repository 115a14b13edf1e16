"""Failures of a store or of remote data, each with a class, a reason and a message."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_api import reasons
from automl_runner.failures import WorkFailed

FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_UNAVAILABLE = (
    errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ECONNREFUSED,
    errno.ECONNRESET, errno.EREMOTEIO if hasattr(errno, "EREMOTEIO") else errno.EIO,
)  # fmt: skip


class StoreFull(WorkFailed):
    """There is no room left in the store."""

    def __init__(self, message: str) -> None:
        super().__init__("resources", reasons.STORE_FULL, message)


@contextmanager
def mounted(place: Path) -> Iterator[None]:
    """Turn an OSError of a directory or a mounted volume into a WorkFailed with a message."""
    try:
        yield
    except OSError as error:
        failure = _of_mounted(place, error)
        if failure is None:
            raise
        raise failure from error


@contextmanager
def scratch(place: Path) -> Iterator[None]:
    """Raise WorkFailed (resources, DiskFull) when this runner's own disk, not the store, has no room for copies."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        message = (
            f"there is no room left in {place}, where this runner keeps copies; give its pool more ephemeral storage"
        )
        raise WorkFailed("resources", reasons.DISK_FULL, message) from error


def _of_mounted(place: Path, error: OSError) -> WorkFailed | None:
    why = error.strerror or str(error)
    if error.errno in FULL:
        return StoreFull(
            f"there is no room left for {place}; free some, and start the run again: it continues where it stopped"
        )
    if error.errno in _REFUSED:
        return WorkFailed(
            "program",
            reasons.STORE_REFUSED,
            f"{place} may not be written: {why}; let the runner's user, or its group (fsGroup), write there",
        )
    if error.errno in _UNAVAILABLE:
        return WorkFailed("infrastructure", reasons.STORE_UNAVAILABLE, f"{place} does not answer: {why}")
    return None
