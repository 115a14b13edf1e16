"""Writes the cluster's files atomically, because one test may read them while another starts the cluster."""

from pathlib import Path


def write_file(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file atomically: a reader finds either the old content or the new one. Raises OSError.

    `mode` is its permissions. Only one process writes at a time, under the cluster's lock.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=mode)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
