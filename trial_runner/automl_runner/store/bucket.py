"""A store in a bucket. The server stores an object completely or not at all.

A directory is complete once it has its manifest.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyarrow.fs import FileSelector, FileType

from automl_api.failpoints import reach
from automl_model.files import MANIFEST, ChangedFileError, read_manifest, sha256_of
from automl_runner.store.copies import Copies
from automl_runner.store.errors import scratch
from automl_runner.store.store import STORE_UPLOAD, STORE_WRITE, parts_of, read_if_there

_AT_ONCE = 16
_CHUNK_BYTES = 8 * 1024 * 1024

InWords = Callable[[OSError], Exception]


class BucketStore:
    """A Store below `root` ("bucket/prefix") of a pyarrow.fs.FileSystem, published under `address`.

    `files` gives the file system. It is called each time, because the credentials may have been rotated. `message_of`
    gives the failure that an OSError stands for. Copies lie below `cache`.
    """

    def __init__(self, files: Callable[[], Any], root: str, address: str, *, message_of: InWords, cache: Path) -> None:
        self._files = files
        self._root = root.rstrip("/")
        self._address = address.rstrip("/")
        self._message_of = message_of
        self._cache = cache
        self._copies = Copies(cache)

    def uri(self, path: str) -> str:
        """See Store."""
        return "/".join((self._address, *parts_of(path)))

    def prove_writable(self) -> None:
        """See Store. The bucket must exist: some servers would make one for a mistyped name."""
        bucket = self._root.partition("/")[0]
        if self._is_missing(bucket):
            raise self._message_of(FileNotFoundError(errno.ENOENT, "bucket not found", bucket))
        self._put(".writable", b"")

    def exists(self, path: str) -> bool:
        """See Store."""
        with self._as_failure():
            return bool(self._files().get_file_info(self._key(path)).type != FileType.NotFound)

    def read_bytes(self, path: str) -> bytes:
        """See Store."""
        with self._as_failure(), self._files().open_input_stream(self._key(path)) as stream:
            return bytes(stream.read())

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        """See Store."""
        return self._at_once(lambda path: read_if_there(self, path), paths)

    def write_bytes(self, path: str, data: bytes) -> None:
        """See Store."""
        reach(f"before:{STORE_WRITE}")
        self._put(path, data)
        reach(f"after:{STORE_WRITE}")

    def write_first(self, path: str, data: bytes) -> bool:
        """See Store. Two writers at the same moment may both get True; then the later object stays."""
        if self.exists(path):
            return False
        self.write_bytes(path, data)
        return self.read_bytes(path) == data

    def local_file(self, path: str, digest: str) -> Path:
        """See Store."""
        with scratch(self._cache):
            place = self._copies.scratch().joinpath("files", *parts_of(path))
            if not place.exists():
                self._download(path, place, digest)
            return place

    def fetch(self, digests: Mapping[str, str]) -> None:
        """See Store."""
        with scratch(self._cache):
            self._copies.scratch()
        self._at_once(lambda item: self.local_file(*item), list(digests.items()))

    def local_directory(self, path: str, digest: str = "") -> Path:
        """See Store."""
        with scratch(self._cache):
            if digest:
                return self._copies.directory(digest, lambda place: self._fill_verified(path, digest, place))
            place = Path(tempfile.mkdtemp(dir=self._copies.scratch()))
            names = self._names(path)
            if not names:
                raise FileNotFoundError(errno.ENOENT, "the store has no such directory", self.uri(path))
            self._at_once(lambda name: self._download(f"{path}/{name}", place / name, ""), names)
            return place

    def upload_directory(self, local: Path, path: str) -> None:
        """See Store. A directory that is there already with the same manifest stays as it is."""
        names = sorted(file.relative_to(local).as_posix() for file in local.rglob("*") if file.is_file())
        manifest = f"{path}/{MANIFEST}"
        reach(f"before:{STORE_UPLOAD}")
        old = self._names(path)
        if MANIFEST in names and MANIFEST in old and self.read_bytes(manifest) == (local / MANIFEST).read_bytes():
            return
        if MANIFEST in old:
            self._delete(manifest)
        self._at_once(lambda name: self._upload(local / name, f"{path}/{name}"), [n for n in names if n != MANIFEST])
        self._at_once(lambda name: self._delete(f"{path}/{name}"), [n for n in old if n not in {*names, MANIFEST}])
        if MANIFEST in names:
            self._upload(local / MANIFEST, manifest)
        reach(f"after:{STORE_UPLOAD}")

    @contextmanager
    def temporary_directory(self) -> Iterator[Path]:
        """See Store. It lies on this machine's disk."""
        with scratch(self._cache):
            directory = Path(tempfile.mkdtemp(dir=self._copies.scratch()))
            try:
                yield directory
            finally:
                shutil.rmtree(directory, ignore_errors=True)

    def close(self) -> None:
        """See Store."""
        self._copies.close()

    def _key(self, path: str) -> str:
        return "/".join((self._root, *parts_of(path)))

    def _is_missing(self, bucket: str) -> bool:
        try:
            return bool(self._files().get_file_info(bucket).type == FileType.NotFound)
        except OSError:
            # Credentials may allow writing to a bucket but not asking about it. The next write shows if it exists.
            return False

    @contextmanager
    def _as_failure(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._message_of(error) from error

    def _at_once(self, do: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        if len(items) < 2:
            return [do(item) for item in items]
        with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as pool:
            return list(pool.map(do, items))

    def _names(self, path: str) -> list[str]:
        """The files below a directory, relative to it."""
        key = self._key(path)
        with self._as_failure():
            found = self._files().get_file_info(FileSelector(key, recursive=True, allow_not_found=True))
        return sorted(info.path[len(key) + 1 :] for info in found if info.type == FileType.File)

    def _put(self, path: str, data: bytes) -> None:
        with self._as_failure(), self._files().open_output_stream(self._key(path)) as stream:
            stream.write(data)

    def _upload(self, local: Path, path: str) -> None:
        with local.open("rb") as file, self._as_failure(), self._files().open_output_stream(self._key(path)) as stream:
            while chunk := file.read(_CHUNK_BYTES):
                stream.write(chunk)

    def _delete(self, path: str) -> None:
        with self._as_failure():
            self._files().delete_file(self._key(path))

    def _fill_verified(self, path: str, digest: str, place: Path) -> None:
        self._download(f"{path}/{MANIFEST}", place / MANIFEST, digest)
        files: dict[str, str] = read_manifest(place)["files"]
        for name in files:
            parts_of(name)
        self._at_once(lambda name: self._download(f"{path}/{name}", place / name, files[name]), list(files))

    def _download(self, path: str, place: Path, digest: str) -> None:
        """Copy an object to a file, which appears only when it is complete.

        If the digest differs, copy it once more.
        """
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_name(f".{place.name}.{os.urandom(4).hex()}")
        for _ in range(2):
            self._copy(path, unfinished)
            if not digest or sha256_of(unfinished) == digest:
                unfinished.rename(place)
                return
        unfinished.unlink()
        raise ChangedFileError(f"{self.uri(path)} was changed after it was written; start the experiment anew")

    def _copy(self, path: str, place: Path) -> None:
        with place.open("wb") as file:
            with self._as_failure():
                stream = self._files().open_input_stream(self._key(path))
            with stream:
                while chunk := self._next(stream):
                    file.write(chunk)

    def _next(self, stream: Any) -> bytes:
        with self._as_failure():
            return bytes(stream.read(_CHUNK_BYTES))
