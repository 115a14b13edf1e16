"""Reads json lines: one object on each line, whose keys are the columns."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from automl_model.exact import EXACT
from automl_model.tables.bytes import chunks, first_bytes, is_gzipped, open_bytes, open_text
from automl_model.tables.encodings import Encoding, encoding_of
from automl_model.tables.errors import TableError
from automl_model.tables.frames import array_of, is_unicode
from automl_model.tables.options import ReadOptions

_BLOCK_BYTES = 8 << 20
_FIRST_BYTES = 4096
_MOST_BRACKETS = 200
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def read_json_lines(path: Path, name: str, options: ReadOptions) -> tuple[pa.Table, Encoding]:
    """A file of json lines as a table. Raises TableError with the line that is not an object."""
    encoding = encoding_of(first_bytes(path, name, _FIRST_BYTES), lambda: chunks(path, name), name, options)
    return _read(path, name, encoding.codec), encoding


def _read(path: Path, name: str, codec: str) -> pa.Table:
    if codec not in ("utf-8", "utf-8-sig") or _nests(path, name):
        return _read_slowly(path, name, codec)
    options = arrow_json.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES)
    try:
        with pa.input_stream(str(path), compression="gzip" if is_gzipped(path) else None) as stream:
            table = arrow_json.read_json(stream, options)
        # Arrow reads whole numbers beyond 64 bits as doubles, so that different ones may become equal.
        return _read_slowly(path, name, codec) if any(map(_maybe_rounded, table.columns)) else table
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        # Arrow refuses columns of mixed types, and its errors name no line; the slow way handles both.
        return _read_slowly(path, name, codec)


def _nests(path: Path, name: str) -> bool:
    """True when lines may be nested so deeply that Arrow's parser would overflow its stack and crash the process."""
    with open_bytes(path, name) as file:
        return any(not _is_flat(line) and _has_many_brackets(line) for line in file)


def _is_flat(line: bytes) -> bool:
    return line.count(b"{") == 1 == line.count(b"}") and b"[" not in line and line.rstrip().endswith(b"}")


def _has_many_brackets(line: bytes) -> bool:
    """True when a line has many brackets outside its texts, or leaves some open."""
    bare = _STRING.sub(b"", line)
    opened, closed = (sum(map(bare.count, kinds)) for kinds in ((b"{", b"["), (b"}", b"]")))
    return opened != closed or opened > _MOST_BRACKETS


def _read_slowly(path: Path, name: str, codec: str) -> pa.Table:
    rows = _objects(path, name, codec)
    if not rows:
        raise TableError(f"{name} is empty; give a file with one JSON object a line")
    names = dict.fromkeys(key for row in rows for key in row)
    if half := next((key for key in names if not is_unicode(key)), None):
        raise TableError(f"{name}: the column name {half!r} is not valid Unicode; rename it")
    return pa.table({column: _array([row.get(column) for row in rows], column, name) for column in names})


def _maybe_rounded(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_floating(column.type):
        return False
    largest = pc.max(pc.abs(column)).as_py()
    return largest is not None and largest >= EXACT


def _objects(path: Path, name: str, codec: str) -> list[dict[str, Any]]:
    rows = []
    with open_text(path, name, codec) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise TableError(f"{name}, line {number}: not JSON ({error}); write one JSON object a line") from error
            except RecursionError as error:
                raise TableError(f"{name}, line {number}: nested too deeply; write one flat object a line") from error
            if not isinstance(row, dict):
                raise TableError(f"{name}, line {number}: not a JSON object; write one {{...}} a line")
            rows.append(row)
    return rows


def _array(values: list[Any], column: str, name: str) -> pa.Array:
    """An array of one type if possible, else of texts, as the same cells would be in csv."""
    try:
        return pa.array(values)
    except OverflowError:
        return array_of(pd.Series(values, dtype=object, name=column))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = [value if isinstance(value, str) or value is None else json.dumps(value) for value in values]
        return _texts(texts, column, name)
    except UnicodeEncodeError:
        return _texts(values, column, name)


def _texts(texts: list[Any], column: str, name: str) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError as error:
        raise TableError(
            f'{name}: "{column}" holds a text with half a character (\\ud800 to \\udfff), which is not valid Unicode; mend it'
        ) from error
