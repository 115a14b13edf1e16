"""The interface of every store, and the check of its paths."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Protocol

from automl_api.failpoints import declare

STORE_WRITE = declare("store.write")
STORE_UPLOAD = declare("store.upload")


class Store(Protocol):
    """A tree of files, addressed by relative paths with forward slashes. A written file is whole or absent.

    Every method raises ValueError for a path that leads out of the store, and WorkFailed for an error of the store:
    StoreFull (resources), StoreMissing, StoreRefused, CredentialsRefused (program), StoreUnavailable (infrastructure).
    """

    def uri(self, path: str) -> str:
        """The address of a path, as it is published."""
        ...

    def prove_writable(self) -> None:
        """Write to the store as a test, so that an error is raised now rather than after the work."""
        ...

    def exists(self, path: str) -> bool:
        """True when a file or directory lies at the path."""
        ...

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError if there is none."""
        ...

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        """Many small files at once; None for one that does not exist."""
        ...

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a file, in place of an existing one."""
        ...

    def write_first(self, path: str, data: bytes) -> bool:
        """Write a file unless it exists. If two processes write it, one wins. Returns True to the winner."""
        ...

    def local_file(self, path: str, digest: str) -> Path:
        """The local path of a file of the store, valid while the store is open. A copy is checked against `digest`.

        Raises FileNotFoundError, and automl_model.files.ChangedFileError for a copy with another digest.
        """
        ...

    def fetch(self, digests: Mapping[str, str]) -> None:
        """Copy these files at once, where the store makes copies, so that `local_file` is quick."""
        ...

    def local_directory(self, path: str, digest: str = "") -> Path:
        """The local path of a directory of the store. With a `digest`, a copy stays for the next process.

        `digest` belongs to the directory's manifest.json; a copy is checked against it and the digests in the manifest.
        Raises FileNotFoundError without such a directory, and automl_model.files.ChangedFileError for a copy that
        differs.
        """
        ...

    def upload_directory(self, local: Path, path: str) -> None:
        """Put a directory at a path, in place of an existing one. `local` may be moved rather than copied."""
        ...

    def temporary_directory(self) -> AbstractContextManager[Path]:
        """A directory near the store, for work in progress; it is removed at the end."""
        ...

    def close(self) -> None:
        """Release what is held, such as the copies of `local_file`."""
        ...


def parts_of(path: str) -> tuple[str, ...]:
    """The names along a path below a store. Raises ValueError for one that leads elsewhere."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise ValueError(f'"{path}" is not a path below a store')
    return pure.parts


def read_if_there(store: Store, path: str) -> bytes | None:
    """A file's bytes, or None if the store does not have it."""
    try:
        return store.read_bytes(path)
    except FileNotFoundError:
        return None
