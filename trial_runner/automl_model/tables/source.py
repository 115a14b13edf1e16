"""What a table was read from, kept with it: a text format has words for what is missing, others mark it themselves."""

import pandas as pd
import pyarrow as pa

_KEY = "automl.text_source"
_SPELLED = b"automl.spelled"
_EXACT = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
"""By default pandas makes floats of whole numbers with gaps, and others of those beyond 2**53."""


def as_text_source(table: pa.Table) -> pa.Table:
    """The same table, known to be from a text format."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: "true"})


def spelled(field: pa.Field) -> pa.Field:
    """The same field, known to hold texts for values that were none."""
    return field.with_metadata({_SPELLED: b"true"})


def spelled_columns(table: pa.Table) -> frozenset[str]:
    """The columns that are read as texts and held something else, as bytes, or numbers beside texts."""
    return frozenset(
        field.name for field in table.schema if _SPELLED in (field.metadata or {}) or _is_bytes(field.type)
    )


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def is_text_source(table: pa.Table | pd.DataFrame) -> bool:
    """Whether a table was read from a text format, as csv."""
    if isinstance(table, pa.Table):
        return _KEY.encode() in (table.schema.metadata or {})
    return bool(table.attrs.get(_KEY, False))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A table as a DataFrame that still knows where it is from."""
    frame = table.to_pandas(types_mapper=_EXACT.get)
    if is_text_source(table):
        frame.attrs[_KEY] = True
    return frame
