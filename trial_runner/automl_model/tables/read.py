"""Reads a table of any format, which is detected from the file's first bytes, then from its name."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import feather, parquet

from automl_model.tables.bytes import chunks, first_bytes, is_gzipped
from automl_model.tables.csv import read_csv
from automl_model.tables.encodings import NO_TEXT, Encoding, as_text, known_encoding
from automl_model.tables.errors import TableError, TableMissing
from automl_model.tables.json_lines import read_json_lines
from automl_model.tables.options import DETECTED, Format, ReadOptions

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"FEA1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
)
_OTHERS = (
    (b"PK\x03\x04", "a zip or Excel file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"SQLite", "a database"),
)
_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_PANDAS_INDEX = "__index_level_"


def read_table(path: Path, options: ReadOptions = DETECTED, name: str = "") -> pa.Table:
    """The table that `read_file` reads."""
    return read_file(path, options, name).table


@dataclass(frozen=True)
class FileRead:
    """A table, its format, and the encoding that was used; `encoding` is empty if the format is not text."""

    table: pa.Table
    format: Format
    encoding: Encoding = NO_TEXT
    name: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Messages for the user about assumptions in reading the file."""
        message = as_text(self.encoding, self.name)
        return (message,) if message else ()


def read_file(path: Path, options: ReadOptions = DETECTED, name: str = "") -> FileRead:
    """Read a table with unique column names; `name` is the name of the file in messages.

    Cells of csv are texts. Raises TableMissing if there is no readable file, and TableError if it is not a table.
    """
    name = name or path.name
    _check_readable(path, name)
    found = _detected(path, name)
    found = found if options.format == "auto" else options.format
    table, encoding = _read(path, name, found, options)
    index = [column for column in table.column_names if column.startswith(_PANDAS_INDEX)]
    table = table.drop_columns(index) if index else table
    _check_names(table.column_names, name)
    return FileRead(table, found, encoding, name)


def _check_readable(path: Path, name: str) -> None:
    if path.is_dir():
        raise TableMissing(f"{name} is a folder; give one file ({path})")
    try:
        empty = path.stat().st_size == 0
        path.open("rb").close()
    except FileNotFoundError as error:
        raise TableMissing(f"there is no file {name}; is the address right? ({path})") from error
    except OSError as error:
        raise TableMissing(f"{name} cannot be read: {error.strerror}; may this user read it? ({path})") from error
    if empty:
        raise TableError(f"{name} is empty; give a file with a line of column names and rows")


def _detected(path: Path, name: str) -> Format:
    first = first_bytes(path, name, 4096)
    for magic, table_format in _MAGIC:
        if first.startswith(magic):
            return table_format
    for magic, kind in _OTHERS:
        if first.startswith(magic):
            raise TableError(f"{name} is {kind}; export the table as csv or parquet")
    json_name = any(suffix in _JSON_NAMES for suffix in path.suffixes)
    return "jsonl" if json_name or first.lstrip()[:2] in (b"{}", b'{"') else "csv"


def _read(path: Path, name: str, table_format: Format, options: ReadOptions) -> tuple[pa.Table, Encoding]:
    if table_format == "csv":
        return read_csv(path, name, options)
    if table_format == "jsonl":
        return read_json_lines(path, name, options)
    if options.encoding:
        known_encoding(options.encoding)
    try:
        source = pa.BufferReader(b"".join(chunks(path, name))) if is_gzipped(path) else pa.OSFile(str(path))
        with source:
            columnar = (
                parquet.read_table(source, use_threads=False) if table_format == "parquet" else _read_arrow(source)
            )
            return columnar, NO_TEXT
    except (pa.ArrowException, OSError) as error:
        raise TableError(
            f"{name} cannot be read as {table_format}: {error}; is it damaged, or of another format?"
        ) from error


def _read_arrow(source: pa.NativeFile) -> pa.Table:
    try:
        return feather.read_table(source, use_threads=False)
    except pa.ArrowInvalid:
        source.seek(0)
        with pa.ipc.open_stream(source) as stream:
            return stream.read_all()


def _check_names(names: list[str], name: str) -> None:
    if len(set(names)) < len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise TableError(f'{name} has two columns named "{twice}"; rename one of them')
    longest = max(names, key=len, default="")
    if len(longest) > 256:
        raise TableError(
            f'{name} has a column name of {len(longest)} characters ("{longest[:40]}..."), and at most 256 are allowed'
        )
