"""Lets one process work in a folder at a time. The kernel releases the lock when its holder dies."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from automl_operator.local.errors import LockedByAnother


class FolderLock:
    """A context that holds a folder's lock file. Creating and entering it raise OSError.

    Entering it raises LockedByAnother, which names the process that holds the lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise LockedByAnother(
                f"process {holder} is at work in {self._path.parent}; wait for it, end it, or choose another --out"
            ) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)
