"""Copies of a remote store's files on this machine's disk, which all processes share: each is downloaded once.

Processes coordinate by file locks, because a lock ends with the process that holds it, however that ends.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = ".lock"


class Copies:
    """Directories kept by digest, and this process's own scratch, below one directory that processes share.

    A kept directory that nobody uses is removed when another is made: a runner needs one experiment's data.
    """

    def __init__(self, root: Path) -> None:
        self._kept = root / "kept"
        self._scratches = root / "scratch"
        self._scratch: Path | None = None
        self._descriptors: list[int] = []

    def directory(self, digest: str, fill: Callable[[Path], None]) -> Path:
        """The copy of this digest. Where there is none, one process at a time calls `fill` to make it."""
        place = self._kept / digest.replace(":", "-")
        with _alone_in(self._kept):
            if not place.exists():
                self._make(place, fill)
            # Held until `close`, so that nobody removes files that are mapped into memory here.
            self._hold(place, fcntl.LOCK_SH)
        return place

    def scratch(self) -> Path:
        """This process's own directory, until `close`."""
        if self._scratch is None:
            with _alone_in(self._scratches):
                _remove_unused(self._scratches)
                self._scratch = Path(tempfile.mkdtemp(dir=self._scratches))
                self._hold(self._scratch, fcntl.LOCK_EX)
        return self._scratch

    def close(self) -> None:
        """Release the locks and remove the scratch."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            _lock_of(self._scratch).unlink(missing_ok=True)
            self._scratch = None
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _hold(self, place: Path, how: int) -> None:
        lock = _open_lock(place)
        self._descriptors.append(lock)
        fcntl.flock(lock, how)

    def _make(self, place: Path, fill: Callable[[Path], None]) -> None:
        _remove_unused(self._kept)
        making = place.with_name(f".{place.name}")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        try:
            fill(making)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        making.rename(place)


def _lock_of(place: Path) -> Path:
    return place.with_name(f"{place.name.removeprefix('.')}{_LOCK}")


def _open_lock(place: Path) -> int:
    return os.open(_lock_of(place), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def _alone_in(parent: Path) -> Iterator[None]:
    """Keep other processes from making or removing a directory here meanwhile."""
    parent.mkdir(parents=True, exist_ok=True)
    lock = _open_lock(parent)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _remove_unused(parent: Path) -> None:
    """Remove the directories that no living process holds."""
    for place in parent.iterdir():
        if place.is_dir():
            lock = _open_lock(place)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            except BlockingIOError:
                continue
            finally:
                os.close(lock)
