"""Computes a short key of everything that a build depends on, so that the same content is never built twice."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

LEFT_OUT = frozenset({"__pycache__", "Containerfile"})


def files(root: Path, names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The named files, and the files in named folders, below `root`, with their relative paths, in a fixed order.

    It omits what .containerignore omits. Raises FileNotFoundError for a missing name.
    """
    for name in sorted(names):
        path = root / name
        if not path.exists():
            raise FileNotFoundError(f"an image is built from {path}, which is missing")
        below = sorted(path.rglob("*")) if path.is_dir() else [path]
        found = ((file.relative_to(root), file) for file in below if file.is_file())
        yield from ((place.as_posix(), file) for place, file in found if not LEFT_OUT & set(place.parts))


def key(*parts: str, root: Path | None = None, names: Iterable[str] = ()) -> str:
    """A digest of 12 hex digits over the texts, and over path, mode and content of the files `names` below `root`."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(_framed(part.encode()))
    for name, file in files(root, names) if root is not None else ():
        digest.update(_framed(name.encode()))
        digest.update(b"x" if file.stat().st_mode & 0o100 else b"-")
        digest.update(_framed(file.read_bytes()))
    return digest.hexdigest()[:12]


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data
