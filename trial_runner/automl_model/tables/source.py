"""Keeps facts about a table's source with the table.

One fact is whether the format is text: text formats spell missing values as words, and others mark them. The other is
the set of columns that were pandas categoricals. Arrow and parquet types do not show that, because writers may
dictionary-encode any column.
"""

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd
import pyarrow as pa

_KEY = "automl.text_source"
_CATEGORIES = b"automl.categories"
_SPELLED = b"automl.spelled"
_EXACT = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
"""By default pandas turns whole numbers with gaps into floats, which changes numbers beyond 2**53."""


def as_text_source(table: pa.Table) -> pa.Table:
    """The same table, marked as read from a text format."""
    return _marked(table, _KEY.encode(), b"true")


def spelled(field: pa.Field) -> pa.Field:
    """The same field, marked as texts of values that were not texts."""
    return field.with_metadata({_SPELLED: b"true"})


def spelled_columns(table: pa.Table) -> frozenset[str]:
    """The columns that are read as texts but held something else, such as bytes, or numbers beside texts."""
    return frozenset(field.name for field in table.schema if _SPELLED in (field.metadata or {}) or is_bytes(field.type))


def is_bytes(kind: pa.DataType) -> bool:
    """True when values are bytes, dictionary-encoded or not."""
    if pa.types.is_dictionary(kind):
        return is_bytes(kind.value_type)
    types = pa.types
    plain = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(plain or types.is_fixed_size_binary(kind))


def is_text_source(table: pa.Table | pd.DataFrame) -> bool:
    """True when a table was read from a text format such as csv."""
    if isinstance(table, pa.Table):
        return _KEY.encode() in (table.schema.metadata or {})
    return bool(table.attrs.get(_KEY, False))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A table as a DataFrame that keeps the mark of a text format; dates beyond Python's range become times."""
    try:
        frame = table.to_pandas(types_mapper=_EXACT.get)
    except (OverflowError, ValueError):
        frame = table.to_pandas(types_mapper=_EXACT.get, date_as_object=False)
    if is_text_source(table):
        frame.attrs[_KEY] = True
    return frame


def with_categories(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """The same table, with these columns marked as pandas categoricals."""
    return _marked(table, _CATEGORIES, json.dumps(list(names)).encode())


def categories_of(table: pa.Table) -> frozenset[str]:
    """The columns that were pandas categoricals, in a frame or in a file that pandas wrote."""
    described = [column for column in pandas_facts(table).get("columns", []) if isinstance(column, dict)]
    written = [str(column.get("field_name")) for column in described if column.get("pandas_type") == "categorical"]
    return frozenset((*written, *json.loads((table.schema.metadata or {}).get(_CATEGORIES, b"[]"))))


def pandas_facts(table: pa.Table) -> dict[str, Any]:
    """The metadata that pandas stored with a table; empty if there is none."""
    try:
        found = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _marked(table: pa.Table, key: bytes, value: bytes) -> pa.Table:
    return table.replace_schema_metadata({**(table.schema.metadata or {}), key: value})
