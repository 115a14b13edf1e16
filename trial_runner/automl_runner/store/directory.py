"""A store in a directory, which may be a mounted volume. Files are written beside their place and renamed into it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from automl_api.failpoints import reach
from automl_api.uris import file_uri
from automl_model.files import sync_tree, write_bytes
from automl_runner.store.errors import mounted
from automl_runner.store.store import STORE_UPLOAD, STORE_WRITE, parts_of, read_if_there

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class DirectoryStore:
    """A Store below `root`, published under `address`. Nothing is copied, so a digest is not compared."""

    def __init__(self, root: Path, address: str = "") -> None:
        self.root = root
        self._address = address or file_uri(str(root))
        with mounted(root):
            root.mkdir(parents=True, exist_ok=True)

    def uri(self, path: str) -> str:
        """See Store."""
        return "/".join((self._address, *parts_of(path)))

    def prove_writable(self) -> None:
        """See Store."""
        with self.temporary_directory():
            pass

    def exists(self, path: str) -> bool:
        """See Store."""
        with mounted(self.root):
            return self._inside(path).exists()

    def read_bytes(self, path: str) -> bytes:
        """See Store."""
        with mounted(self.root):
            return self._inside(path).read_bytes()

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        """See Store."""
        return [read_if_there(self, path) for path in paths]

    def write_bytes(self, path: str, data: bytes) -> None:
        """See Store."""
        place = self._inside(path)
        with mounted(place):
            write_bytes(place, data, STORE_WRITE)

    def write_first(self, path: str, data: bytes) -> bool:
        """See Store."""
        place = self._inside(path)
        with mounted(place):
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

    def local_file(self, path: str, digest: str) -> Path:
        """See Store."""
        del digest
        place = self._inside(path)
        if not place.is_file():
            raise FileNotFoundError(errno.ENOENT, "the store has no such file", str(place))
        return place

    def fetch(self, digests: Mapping[str, str]) -> None:
        """See Store: everything is here already."""

    def local_directory(self, path: str, digest: str = "") -> Path:
        """See Store."""
        del digest
        place = self._inside(path)
        if not place.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the store has no such directory", str(place))
        return place

    def upload_directory(self, local: Path, path: str) -> None:
        """See Store."""
        place = self._inside(path)
        with mounted(place):
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
        """See Store."""
        with mounted(self.root):
            parent = self.root / "tmp"
            parent.mkdir(parents=True, exist_ok=True)
            directory = Path(tempfile.mkdtemp(dir=parent))
            directory.chmod(parent.stat().st_mode & 0o777)  # like other directories here: mkdtemp ignores the umask
            try:
                yield directory
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def close(self) -> None:
        """See Store: nothing is held."""

    def _inside(self, path: str) -> Path:
        return self.root.joinpath(*parts_of(path))


def _link(whole: Path, place: Path) -> bool:
    try:
        os.link(whole, place)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Some network file systems have no hard links. There two writers at the same moment may both win.
        if place.exists():
            return False
        whole.rename(place)
    return True


def _replace_directory(near: Path, place: Path) -> None:
    """Put a directory in place of another. POSIX lets a rename replace only an empty one, so the old one moves away."""
    if place.exists():
        old = place.with_name(f".{place.name}.{os.urandom(8).hex()}")
        place.rename(old)
        near.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        near.rename(place)
