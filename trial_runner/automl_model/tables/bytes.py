"""Reads a file's bytes, and decompresses them if the file is gzipped."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from automl_model.tables.errors import TableError

CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"


def is_gzipped(path: Path) -> bool:
    """True when a file's first bytes are gzip's, whatever its name."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


@contextmanager
def open_bytes(path: Path, name: str) -> Iterator[BinaryIO]:
    """A file's bytes, decompressed. Raises TableError if the compression is damaged."""
    try:
        with cast(BinaryIO, gzip.open(path, "rb")) if is_gzipped(path) else path.open("rb") as file:
            yield file
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TableError(f"{name} is gzipped and damaged ({error}); copy or compress it again") from error


@contextmanager
def open_text(path: Path, name: str, encoding: str) -> Iterator[TextIO]:
    """A file's text with its line ends unchanged, as the csv module needs it."""
    with open_bytes(path, name) as file:
        yield io.TextIOWrapper(file, encoding=encoding, newline="")


def first_bytes(path: Path, name: str, count: int) -> bytes:
    """The first bytes of a file, decompressed."""
    with open_bytes(path, name) as file:
        return file.read(count)


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """All bytes of a file, decompressed, in pieces."""
    with open_bytes(path, name) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
