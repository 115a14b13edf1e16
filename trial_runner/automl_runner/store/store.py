"""The interface of every store, and what their paths may be."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Protocol

from automl_api.failpoints import declare

STORE_WRITE = declare("store.write")
STORE_UPLOAD = declare("store.upload")


class Store(Protocol):
    """A tree of files, addressed by relative paths with forward slashes. What is written is whole or absent.

    Every method raises ValueError for a path that leads out of the store, and WorkFailed for what goes wrong with it:
    StoreFull (resources), StoreMissing, StoreRefused, CredentialsRefused (program), StoreUnavailable (infrastructure).
    """

    def uri(self, path: str) -> str:
        """The address of a path, as it is published."""
        ...

    def prove_writable(self) -> None:
        """Raise what is wrong with the store now rather than after the work."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or directory lies at a path."""
        ...

    def read_bytes(self, path: str) -> bytes:
        """A file's bytes. Raises FileNotFoundError."""
        ...

    def read_all(self, paths: Sequence[str]) -> list[bytes | None]:
        """Many small files at once; None for one that does not exist."""
        ...

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a file, over one that may be there."""
        ...

    def write_first(self, path: str, data: bytes) -> bool:
        """Write a file unless there is one; of two writers one wins. Returns whether it was this one."""
        ...

    def local_file(self, path: str, digest: str) -> Path:
        """A file of the store as one of this machine, while the store is open; `digest` is what a copy is held against.

        Raises FileNotFoundError, and automl_model.files.ChangedFileError for a copy of another digest.
        """
        ...

    def fetch(self, digests: Mapping[str, str]) -> None:
        """Make `local_file` of these paths quick: they are copied at once, where copies are needed."""
        ...

    def local_directory(self, path: str, digest: str = "") -> Path:
        """A directory of the store as one of this machine; a copy stays for the next process where `digest` is given.

        `digest` is the one of its manifest.json, whose digests a copy is held against. Raises FileNotFoundError when
        there is none, and automl_model.files.ChangedFileError for a copy that is not what the manifest says.
        """
        ...

    def upload_directory(self, local: Path, path: str) -> None:
        """Put a directory at a path, in place of one that may be there; `local` may be moved rather than copied."""
        ...

    def temporary_directory(self) -> AbstractContextManager[Path]:
        """A directory near the store, for work in progress; it is removed at the end."""
        ...

    def close(self) -> None:
        """Give back what was held, the copies of `local_file` among it."""
        ...


def parts_of(path: str) -> tuple[str, ...]:
    """The names along a path below a store. Raises ValueError for one that leads elsewhere."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise ValueError(f'"{path}" is no path below a store')
    return pure.parts
