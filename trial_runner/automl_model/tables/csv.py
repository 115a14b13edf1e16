"""Reads csv with any common separator and encoding; every cell stays a text."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv

from automl_model.tables.bytes import chunks, first_bytes, is_gzipped, open_text
from automl_model.tables.encodings import Encoding, encoding_of
from automl_model.tables.errors import TableError
from automl_model.tables.options import ReadOptions
from automl_model.tables.source import as_text_source

SEPARATORS = (",", ";", "\t", "|")
_BLOCK_BYTES = 1 << 22
_SAMPLE_RECORDS = 200
_SAMPLE_BYTES = 1 << 18


def read_csv(path: Path, name: str, options: ReadOptions) -> tuple[pa.Table, Encoding]:
    """A csv file as a table of texts. Raises TableError if it is ragged (with the line), unreadable or empty."""
    first, cut = _beginning(path, name)
    found = encoding_of(first, lambda: chunks(path, name), name, options)
    encoding = found.codec
    lines = _lines(first, encoding, cut=cut)
    blank = next((place for place, line in enumerate(lines) if line.strip(" \r\n")), len(lines))
    records = _sample(lines[blank:])
    if not records:
        raise TableError(f"{name} is empty; give a file with a line of column names and rows")
    separator = _separator(records)
    header = _cells(records[0], separator)
    names = [column or f"Unnamed: {index}" for index, column in enumerate(header)]
    if len(set(names)) < len(names):
        twice = next(column for column in names if names.count(column) > 1)
        raise TableError(f'{name} has two columns named "{twice}"; rename one of them')
    try:
        return as_text_source(_parse(path, names, separator, encoding, blank)), found
    except pa.ArrowInvalid as error:
        raise _explained(error, path, name, separator, encoding, names, blank) from error


def _parse(path: Path, names: list[str], separator: str, encoding: str, blank: int) -> pa.Table:
    """The rows as a table. `blank`: the number of empty lines above the header."""
    with pa.input_stream(str(path), compression="gzip" if is_gzipped(path) else None) as stream:
        return arrow_csv.read_csv(
            stream,
            arrow_csv.ReadOptions(
                use_threads=False,  # the runner's cores belong to its slots
                block_size=_BLOCK_BYTES,
                column_names=names,
                skip_rows=blank,
                skip_rows_after_names=1,
                encoding="utf-8" if encoding == "utf-8-sig" else encoding,
            ),
            arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                quoted_strings_can_be_null=False,
            ),
        )


def _beginning(path: Path, name: str) -> tuple[bytes, bool]:
    """The first bytes, which include the whole header however long it is, and True if there are more."""
    size = _SAMPLE_BYTES
    while len(first := first_bytes(path, name, size)) == size and first.count(b"\n") < 3:
        size *= 4
    return first, len(first) == size


def _lines(first: bytes, encoding: str, *, cut: bool) -> list[str]:
    """The first lines, without the last one if it is cut off."""
    lines = io.StringIO(first.decode(encoding, errors="ignore"), newline="").readlines()
    return lines[:-1] if cut else lines


def _sample(lines: list[str]) -> list[str]:
    """The first records, each as text; a record may span several lines."""
    records: list[str] = []
    pending = ""
    for line in lines:
        pending += line
        if pending.count('"') % 2 == 0:
            if pending.strip("\r\n"):
                records.append(pending)
            pending = ""
        if len(records) >= _SAMPLE_RECORDS:
            break
    return records or ([pending] if pending.strip() else [])


def _separator(records: list[str]) -> str:
    """The separator that gives the most records as many cells as the header; in a tie, the one with the most cells."""

    def rank(separator: str) -> tuple[float, int]:
        counts = [len(_cells(record, separator)) for record in records]
        same = sum(count == counts[0] for count in counts) / len(counts)
        return (same if counts[0] > 1 else 0.0, counts[0])

    return max(SEPARATORS, key=rank)


def _cells(record: str, separator: str) -> list[str]:
    """The cells of a record; empty if this separator cannot split it."""
    try:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=separator), [])
    except csv.Error:
        return []


def _explained(
    error: Exception, path: Path, name: str, separator: str, encoding: str, names: list[str], blank: int
) -> TableError:
    """The reason why a csv file is unreadable, with the line. This reads the file again, slowly, after a rare error."""
    with open_text(path, name, encoding) as file:
        for _ in range(blank):
            file.readline()
        reader = csv.reader(file, delimiter=separator)
        columns, remedy = len(names), "mend the line, or quote cells that hold the separator"
        if columns == 1 or names[0].startswith(("#", "sep=")):
            remedy = "remove the lines above the one with the column names"
        line = blank + 1
        try:
            for record in reader:
                if record and len(record) != columns:
                    return TableError(
                        f"{name}, line {line}: {len(record)} {'cell' if len(record) == 1 else 'cells'} where the header has {columns}; {remedy}"
                    )
                line = blank + reader.line_num + 1
        except csv.Error as unreadable:
            return TableError(f"{name}, line {line}: {unreadable}; mend the line, or quote the cell")
    return TableError(f"{name} cannot be read as csv: {error}")
