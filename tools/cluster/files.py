"""Files of the cluster, which others read at any time: kubectl of one test while another test brings the cluster up."""

from pathlib import Path


def write_file(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Put a file in place of the one that is there: whoever reads it finds all of the old one or all of the new one.

    `mode` are its permissions. Only one process writes at a time, under the cluster's lock. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=mode)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
