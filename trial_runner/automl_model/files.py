"""Files that are whole or absent: atomic writes, and manifests that show whether a file was changed."""

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automl_api.failpoints import declare, reach
from automl_api.files import sync_directory

MANIFEST = "manifest.json"
MOST_BYTES = 16 * 2**30
MOST_FILES = 20_000
MOST_JSON_BYTES = 256 * 2**20
_MOST_DEPTH = 20
_LONGEST_NAME = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*(/[A-Za-z0-9][A-Za-z0-9 ._-]*)*")
FILE_WRITE = declare("file.write")


class ChangedFileError(ValueError):
    """A directory does not match its manifest: a file is missing or was changed, or the manifest is unreadable."""


def write_bytes(path: Path, data: bytes, failpoint: str = FILE_WRITE) -> None:
    """Write a file so that it is whole or absent: temporary file, fsync, rename. Raises OSError and leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    reach(f"before:{failpoint}")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
    reach(f"after:{failpoint}")


def write_json(path: Path, value: Any, failpoint: str = FILE_WRITE) -> None:
    """`write_bytes` of JSON text. Raises ValueError for numbers that are not finite."""
    write_bytes(path, json_bytes(value), failpoint)


def json_bytes(value: Any) -> bytes:
    """JSON text, indented, with sorted keys. Raises ValueError for numbers that are not finite."""
    return (json.dumps(value, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n").encode()


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """A file's bytes. Raises ValueError before reading if it has more than `most` bytes or is not a regular file."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > most:
        raise ValueError(f"{path} is not a regular file, or has more than {most} bytes")
    return path.read_bytes()


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises ValueError, naming the file, for anything that `write_json` would not write."""
    try:
        value = json.loads(read_bytes(path, MOST_JSON_BYTES), parse_constant=_not_finite)
        _check_value(value, _MOST_DEPTH)
    except RecursionError as deep:
        raise ValueError(f"{path} is nested too deeply") from deep
    except ValueError as unreadable:
        raise ValueError(f"{path} cannot be read as JSON: {unreadable}") from unreadable
    return value


def _not_finite(name: str) -> float:
    raise ValueError(f"{name} is not a finite number")


def _check_value(value: Any, depth: int) -> None:
    """Raise ValueError for deep nesting, texts that are not valid Unicode, and numbers that are not finite."""
    if depth == 0:
        raise ValueError(f"more than {_MOST_DEPTH} levels of nesting")
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is too large")
    elif isinstance(value, list):
        for item in value:
            _check_value(item, depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            name.encode()
            _check_value(item, depth - 1)


def sync_tree(directory: Path) -> None:
    """Make every file and name below a directory durable."""
    for path in [directory, *directory.rglob("*")]:
        sync_directory(path)


def sha256_of(path: Path) -> str:
    """`sha256:HEX` of a file's bytes."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def sha256_of_bytes(data: bytes) -> str:
    """`sha256:HEX` of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def file_digests(directory: Path) -> dict[str, str]:
    """The digest of every file below a directory except its manifest, by path with forward slashes."""
    paths = sorted(path for path in directory.rglob("*") if path.is_file())
    names = {path: path.relative_to(directory).as_posix() for path in paths}
    return {name: sha256_of(path) for path, name in names.items() if name != MANIFEST}


def write_manifest(directory: Path, facts: dict[str, Any] | None = None, failpoint: str = FILE_WRITE) -> str:
    """Write `manifest.json` with the facts and, under `files`, every file's digest; returns the manifest's own digest."""
    data = json_bytes({**(facts or {}), "files": file_digests(directory)})
    write_bytes(directory / MANIFEST, data, failpoint)
    return sha256_of_bytes(data)


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest, without verifying any file. Raises ChangedFileError if it is missing or unreadable."""
    path = directory / MANIFEST
    try:
        manifest = read_json(path)
    except FileNotFoundError as missing:
        raise ChangedFileError(f"{path} does not exist; the directory is incomplete, or is the wrong one") from missing
    except ValueError as unreadable:
        raise ChangedFileError(f"{unreadable}; the file was changed after it was written") from unreadable
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ChangedFileError(f"{path} lists no files; the file was changed after it was written")
    return manifest


def verify_manifest(directory: Path, digest: str = "") -> dict[str, Any]:
    """The manifest, after checking the digest of every file that it lists, and its own against `digest` if given.

    Raises ChangedFileError that names the file, also for links, odd names and excessive sizes.
    """
    _refuse_links(directory)
    manifest = read_manifest(directory)
    if digest and sha256_of(directory / MANIFEST) != digest:
        raise ChangedFileError(f"{directory / MANIFEST} does not have the digest {digest}; it belongs to another model")
    if len(manifest["files"]) > MOST_FILES:
        raise ChangedFileError(f"{directory / MANIFEST} lists more than {MOST_FILES} files")
    room = MOST_BYTES
    for name, expected in manifest["files"].items():
        path = _path_of(directory, name)
        room -= path.stat().st_size
        if room < 0:
            raise ChangedFileError(f"{directory} has more than {MOST_BYTES} bytes")
        if sha256_of(path) != expected:
            raise ChangedFileError(f"{path} was changed after it was written; copy the directory again, or train again")
    return manifest


def paths_below(directory: Path) -> Iterator[os.DirEntry[str]]:
    """Every entry below a directory; links are not followed."""
    with os.scandir(directory) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from paths_below(Path(entry.path))


def _refuse_links(directory: Path) -> None:
    for number, entry in enumerate(paths_below(directory)):
        if entry.is_symlink():
            raise ChangedFileError(f"{entry.path} is a link, and links are refused; copy the file that it points to")
        if number > 2 * MOST_FILES:
            raise ChangedFileError(f"{directory} holds more than {MOST_FILES} files")


def _path_of(directory: Path, name: str) -> Path:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ChangedFileError(
            f"{directory / MANIFEST} names {name[:80]!r}, which is not a plain file name, or lies outside the directory"
        )
    path = directory / name
    if not path.is_file():
        raise ChangedFileError(f"{path} is missing; copy the whole directory again")
    return path
