"""One column of new rows, whatever it came from: texts, numbers, booleans or times."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from automl_model.encoding.texts import Texts
from automl_model.tables.frames import array_of

Source = Literal["text", "number", "boolean", "time", "other"]
MICROSECOND = pa.timestamp("us", "UTC")


@dataclass(frozen=True)
class Column:
    """`values`: float64 with NaN (booleans as 0 and 1, times as microseconds since 1970 UTC); `texts` for texts only.

    Durations and times of day are numbers, in seconds. `whole` says that numbers are integers by their type.
    """

    source: Source
    values: NDArray[np.float64]
    texts: Texts | None = None
    whole: bool = False

    def __len__(self) -> int:
        return len(self.texts.indices if self.texts else self.values)

    @property
    def empty(self) -> bool:
        """Whether nothing is there but missing values."""
        if self.texts:
            return not self.texts.counts[~self.texts.missing].any()
        return self.source != "other" and bool(np.isnan(self.values).all())


def column_of(data: Any) -> Column:
    """A column from a pandas Series or a pyarrow array, chunked or not."""
    array = _as_array(data)
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        array = _decoded(array)
    kind = array.type
    if pa.types.is_dictionary(kind) and not _is_text(kind.value_type):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_null(kind):
        return Column("number", np.full(len(array), np.nan))
    if pa.types.is_dictionary(kind) or _is_text(kind):
        return Column("text", np.empty(0), Texts.of(array))
    if pa.types.is_boolean(kind):
        return Column("boolean", _floats(array.cast(pa.int8())))
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return Column("number", _seconds(array))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return Column("time", _floats(_utc(array)))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Column("number", _floats(array), whole=pa.types.is_integer(kind))
    return Column("other", np.full(len(array), np.nan))


def numbers_of_texts(data: Any) -> Column | None:
    """A pyarrow column of texts that are numbers without exception, read at once; None for all others.

    The same as `column_of` to an encoder of numbers, and several times as fast.
    """
    if not _is_text(data.type) or not data.length():
        return None
    try:
        return Column("number", _floats(_as_array(data).cast(pa.float64())))
    except pa.ArrowInvalid:
        return None


def _as_array(data: Any) -> pa.Array:
    if isinstance(data, pa.ChunkedArray):
        return data.combine_chunks() if data.num_chunks != 1 else data.chunk(0)
    if isinstance(data, pa.Array):
        return data
    return array_of(data if isinstance(data, pd.Series) else pd.Series(data))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _floats(array: pa.Array) -> NDArray[np.float64]:
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.int64())
    if array.null_count == 0 and pa.types.is_primitive(array.type) and not pa.types.is_decimal(array.type):
        return np.asarray(array).astype(np.float64)
    return np.asarray(array.cast(pa.float64(), safe=False).fill_null(np.nan), dtype=np.float64)


def _seconds(array: pa.Array) -> NDArray[np.float64]:
    """Durations and times of day."""
    wide = pa.duration("us") if pa.types.is_duration(array.type) else pa.time64("us")
    return _floats(array.cast(wide, safe=False).cast(pa.int64())) / 1e6


def _decoded(array: pa.Array) -> pa.Array:
    """Bytes as the UTF-8 texts that old writers of parquet mean by them, where they are."""
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        return array


def _utc(array: pa.Array) -> pa.Array:
    """Times as microseconds; those without a zone count as UTC."""
    if pa.types.is_date(array.type):
        array = array.cast(pa.timestamp("s")) if pa.types.is_date32(array.type) else array.cast(pa.timestamp("ms"))
    return array.cast(pa.timestamp("us", array.type.tz), safe=False)
