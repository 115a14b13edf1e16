"""What a table was read from, kept with it: a text format has words for what is missing, others mark it themselves.

And which columns were categories of pandas: of those the types of arrow and parquet tell no more than how they are
stored, for a writer may store every text once in any column.
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
"""By default pandas makes floats of whole numbers with gaps, and others of those beyond 2**53."""


def as_text_source(table: pa.Table) -> pa.Table:
    """The same table, known to be from a text format."""
    return _marked(table, _KEY.encode(), b"true")


def spelled(field: pa.Field) -> pa.Field:
    """The same field, known to hold texts for values that were none."""
    return field.with_metadata({_SPELLED: b"true"})


def spelled_columns(table: pa.Table) -> frozenset[str]:
    """The columns that are read as texts and held something else, as bytes, or numbers beside texts."""
    return frozenset(field.name for field in table.schema if _SPELLED in (field.metadata or {}) or is_bytes(field.type))


def is_bytes(kind: pa.DataType) -> bool:
    """Whether values are bytes, also where each is stored once, as a writer may do in any column."""
    if pa.types.is_dictionary(kind):
        return is_bytes(kind.value_type)
    types = pa.types
    plain = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(plain or types.is_fixed_size_binary(kind))


def is_text_source(table: pa.Table | pd.DataFrame) -> bool:
    """Whether a table was read from a text format, as csv."""
    if isinstance(table, pa.Table):
        return _KEY.encode() in (table.schema.metadata or {})
    return bool(table.attrs.get(_KEY, False))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A table as a DataFrame that still knows where it is from; dates that Python has not are times there."""
    try:
        frame = table.to_pandas(types_mapper=_EXACT.get)
    except (OverflowError, ValueError):
        frame = table.to_pandas(types_mapper=_EXACT.get, date_as_object=False)
    if is_text_source(table):
        frame.attrs[_KEY] = True
    return frame


def with_categories(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """The same table, known to have these columns from categoricals of pandas."""
    return _marked(table, _CATEGORIES, json.dumps(list(names)).encode())


def categories_of(table: pa.Table) -> frozenset[str]:
    """The columns that were categoricals of pandas, in a frame or in a file that pandas wrote."""
    described = [one for one in pandas_facts(table).get("columns", []) if isinstance(one, dict)]
    written = [str(one.get("field_name")) for one in described if one.get("pandas_type") == "categorical"]
    return frozenset((*written, *json.loads((table.schema.metadata or {}).get(_CATEGORIES, b"[]"))))


def pandas_facts(table: pa.Table) -> dict[str, Any]:
    """What pandas says of a table that it stored; nothing where it did not."""
    try:
        found = json.loads((table.schema.metadata or {}).get(b"pandas", b"{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _marked(table: pa.Table, key: bytes, value: bytes) -> pa.Table:
    return table.replace_schema_metadata({**(table.schema.metadata or {}), key: value})
