"""Read a data file's column names quickly and without heavy imports, so that a mistyped name is reported at once.

`prepare` reads the whole file, and finds the other problems.
"""

import csv
import gzip
import re
import zlib
from pathlib import Path

from automl.errors import UserError
from automl_api.did_you_mean import did_you_mean

FIRST_BYTES = 256 * 1024
DELIMITERS = ",;\t|"
GZIP_MAGIC = b"\x1f\x8b"
_BLANK_LINES = re.compile(r"\A(?: *[\r\n])+")
_UNCERTAIN = "\ufdd0"
"""Marks a text whose encoding is uncertain; no text has this character."""
CSV_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab"})
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})


def check_file(path: Path, shown: str) -> None:
    """Raise UserError where there is no readable file, or the file is empty."""
    if path.is_dir():
        raise UserError(f"{shown} is a folder; give one file: csv, parquet, arrow or json lines")
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except FileNotFoundError as error:
        raise UserError(f'there is no file "{shown}" (looked in {Path.cwd()})') from error
    except OSError as error:
        raise UserError(f"{shown} cannot be read: {error.strerror}") from error
    if empty:
        raise UserError(f"{shown} is empty; it needs a header line and rows")


def check_columns(path: Path, shown: str, wanted: tuple[str, ...]) -> None:
    """Raise UserError where a wanted column is certainly absent; the message suggests the closest name."""
    readings = column_names(path)
    if any(names[0].startswith(_UNCERTAIN) for names in readings):
        # The letters of a name depend on the encoding, which only the whole file shows.
        readings = tuple((names[0].removeprefix(_UNCERTAIN), *names[1:]) for names in readings)
        wanted = tuple(name for name in wanted if name.isascii())
    check_names(readings, shown, wanted)


def check_names(readings: tuple[tuple[str, ...], ...], shown: str, wanted: tuple[str, ...]) -> None:
    """Raise UserError where no reading of the header has a wanted column; without a reading nothing is checked."""
    for name in wanted:
        if readings and not any(name in names for names in readings):
            most = max(readings, key=len)
            hint = did_you_mean(name, most) or f" Its columns are {_listed(most)}."
            raise UserError(f'{shown} has no column "{name}".{hint}')


def column_names(path: Path) -> tuple[tuple[str, ...], ...]:
    """The possible readings of the header, because a csv's separator is not known yet; empty where there is none."""
    suffixes = {suffix.lower() for suffix in path.suffixes[-2:]}
    if suffixes & PARQUET_SUFFIXES:
        return _parquet_names(path)
    return _csv_names(path) if suffixes & CSV_SUFFIXES else ()


def _csv_names(path: Path) -> tuple[tuple[str, ...], ...]:
    text = _first_text(path)
    readings = []
    for delimiter in DELIMITERS if text else "":
        try:
            row = next(csv.reader(text.splitlines(keepends=True), delimiter=delimiter), [])
        except csv.Error:
            continue
        readings.append(tuple(row) + tuple(name.strip() for name in row if name != name.strip()))
    return tuple(readings)


def _first_text(path: Path) -> str:
    """The text from the header on; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP_MAGIC
        with gzip.open(path) if packed else path.open("rb") as file:
            start = file.read(FIRST_BYTES)
    except (OSError, EOFError, zlib.error):
        return ""
    if b"\0" in start:
        return ""
    line_ends = start.rfind(b"\n")
    whole = start[: line_ends + 1] if line_ends >= 0 else start
    try:
        mark, text = "", whole.decode("utf-8-sig")
    except UnicodeDecodeError:
        mark, text = _UNCERTAIN, whole.decode("cp1252", errors="replace")
    return mark + _BLANK_LINES.sub("", text)


def _parquet_names(path: Path) -> tuple[tuple[str, ...], ...]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        return ()
    try:
        return (tuple(parquet.read_schema(path).names),)
    except (ArrowException, OSError):
        return ()


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
