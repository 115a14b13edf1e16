"""Where prepared data, predictions and models lie: one class over `pyarrow.fs`, a local directory for now."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pyarrow.fs

from automl_api.failpoints import declare, reach
from automl_api.resources.experiment import StoreSpec
from automl_api.uris import parse_uri
from automl_model.files import sync_tree, write_bytes

STORE_WRITE = declare("store.write")
STORE_UPLOAD = declare("store.upload")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class StoreFull(OSError):
    """There is no room left in the store."""


class Store:
    """A tree of files, addressed by relative paths with forward slashes. What is written is whole or absent.

    Every method raises ValueError for a path that leads out of the store, and StoreFull when there is no room.
    """

    def __init__(self, root: Path, cache_directory: Path) -> None:
        self.root = root
        self.cache_directory = cache_directory
        self._files = pyarrow.fs.LocalFileSystem()
        with _room(root):
            root.mkdir(parents=True, exist_ok=True)

    def uri(self, path: str) -> str:
        """The address of a path, as it is published."""
        return f"file://{self._inside(path)}"

    def exists(self, path: str) -> bool:
        """Whether a file or directory lies at a path."""
        return bool(self._files.get_file_info(str(self._inside(path))).type != pyarrow.fs.FileType.NotFound)

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError."""
        with self._files.open_input_file(str(self._inside(path))) as file:
            return bytes(file.readall())

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a file, over one that may be there."""
        place = self._inside(path)
        with _room(place):
            write_bytes(place, data, STORE_WRITE)

    def write_first(self, path: str, data: bytes) -> bool:
        """Write a file unless there is one; of two writers one wins. Returns whether it was this one."""
        place = self._inside(path)
        with _room(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            whole = place.with_name(f".{place.name}.{os.urandom(8).hex()}")
            reach(f"before:{STORE_WRITE}")
            try:
                write_bytes(whole, data)
                won = _link(whole, place)
            finally:
                whole.unlink(missing_ok=True)
            reach(f"after:{STORE_WRITE}")
        return won

    def local_directory(self, path: str) -> Path:
        """A directory of the store as one of this machine. Raises FileNotFoundError when there is none."""
        place = self._inside(path)
        if not place.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the store has no such directory", str(place))
        return place

    def upload_directory(self, local: Path, path: str) -> None:
        """Put a directory at a path, in place of one that may be there; `local` may be moved rather than copied."""
        place = self._inside(path)
        with _room(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            reach(f"before:{STORE_UPLOAD}")
            near = place.with_name(f".{place.name}.{os.urandom(8).hex()}")
            try:
                shutil.move(local, near)
                sync_tree(near)
                _replace_directory(near, place)
            except OSError:
                shutil.rmtree(near, ignore_errors=True)
                raise
            reach(f"after:{STORE_UPLOAD}")

    @contextmanager
    def temporary_directory(self) -> Iterator[Path]:
        """A directory near the store, for work in progress; it is removed at the end."""
        with _room(self.root):
            parent = self.root / "tmp"
            parent.mkdir(parents=True, exist_ok=True)
            directory = Path(tempfile.mkdtemp(dir=parent))
            directory.chmod(0o755)
            try:
                yield directory
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def _inside(self, path: str) -> Path:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise ValueError(f'"{path}" is no path below a store')
        return self.root.joinpath(*pure.parts)


def open_store(spec: StoreSpec, cache_directory: Path) -> Store:
    """The store that a spec names, made where it does not exist. Raises ValueError for one that cannot be opened here."""
    if spec.uri is None:
        raise ValueError("the experiment names no store; set spec.store.uri")
    uri = parse_uri(spec.uri)
    if uri.scheme == "file":
        return Store(Path(uri.path).absolute(), cache_directory)
    if uri.scheme == "pvc":
        return Store(Path("/automl/claims", uri.authority, uri.path), cache_directory)
    raise ValueError(f'a store at "{spec.uri}" cannot be opened yet; use file:/path or pvc://claim/path')


@contextmanager
def _room(place: Path) -> Iterator[None]:
    """Say in words that a disk is full."""
    try:
        yield
    except StoreFull:
        raise
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        message = f"there is no room left for {place}; free some, and start the run again: it goes on where it was"
        raise StoreFull(error.errno, message) from error


def _link(whole: Path, place: Path) -> bool:
    try:
        os.link(whole, place)
    except FileExistsError:
        return False
    return True


def _replace_directory(near: Path, place: Path) -> None:
    """Rename a directory over another one, which POSIX allows only when that one is empty."""
    if place.exists():
        old = place.with_name(f".{place.name}.{os.urandom(8).hex()}")
        place.rename(old)
        near.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        near.rename(place)
