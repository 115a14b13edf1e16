"""One column from any source: texts, numbers, booleans or times. Nothing is rounded before its kind is decided."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.labels import names_of
from automl_model.encoding.plain_numbers import plain_numbers
from automl_model.encoding.texts import Texts, filled, is_padded
from automl_model.encoding.times import ISO, parse
from automl_model.tables.frames import array_of
from automl_model.tables.source import is_bytes
from automl_model.text_column import MOST_CHARACTERS

Source = Literal["text", "number", "boolean", "time", "other"]
MICROSECOND = pa.timestamp("us", "UTC")
MOST_TEXT_BYTES = 2**30
"""A column with more bytes of text has its cells cut before arrow joins them: it joins at most 2**31 bytes."""
_UNITS_A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@dataclass(frozen=True)
class Column:
    """A column's values.

    values: float64 with NaN; booleans as 0 and 1, times as microseconds since 1970 UTC, durations and times of day as
    numbers, in seconds. texts: only for a column of texts. exact: numbers, booleans and times in the source's own type.
    category: the source itself calls the column a category. raw: the column holds bytes that are not text.
    """

    source: Source
    values: NDArray[np.float64]
    texts: Texts | None = None
    exact: pa.Array | None = None
    category: bool = False
    raw: bool = False

    def __len__(self) -> int:
        return len(self.texts.indices if self.texts else self.values)

    @property
    def empty(self) -> bool:
        """True when all values are missing."""
        if self.texts:
            return not self.texts.counts[~self.texts.missing].any()
        return self.source != "other" and bool(np.isnan(self.values).all())

    @cached_property
    def integers(self) -> NDArray[Any] | None:
        """Whole numbers, unrounded, as int64 or uint64, 0 where missing; None if the type has fractions."""
        if self.exact is None or not pa.types.is_integer(self.exact.type):
            return None
        whole = np.asarray(filled(self.exact, 0))
        return whole.astype(np.uint64 if self.exact.type == pa.uint64() else np.int64)

    @cached_property
    def finer(self) -> bool:
        """True when times have nanoseconds, which `values` drops."""
        if self.exact is None or not pa.types.is_timestamp(self.exact.type) or self.exact.type.unit != "ns":
            return False
        return bool((np.asarray(filled(self.exact.cast(pa.int64()), 0)) % 1000).any())

    @cached_property
    def spelled(self) -> Texts:
        """The texts of a column, or the names of its numbers and booleans; infinite numbers are missing."""
        if self.texts:
            return self.texts
        exact = self.exact if self.exact is not None else pa.array(self.values)
        encoded = exact.dictionary_encode()
        known = filled(pc.is_finite(encoded.dictionary), False) if pa.types.is_floating(exact.type) else None
        names = pa.array(names_of(encoded.dictionary), pa.string())
        if known is not None:
            names = pc.if_else(known, names, pa.scalar(None, pa.string()))
        return Texts.of(pa.DictionaryArray.from_arrays(encoded.indices, names))


def column_of(data: Any, words: tuple[str, ...] = ()) -> Column:
    """A column from a pandas Series or a pyarrow array, chunked or not. `words`: the texts that are missing values."""
    array = _as_array(data)
    category = pa.types.is_dictionary(array.type) and not _is_text(array.type.value_type)
    if category:
        array = array.dictionary_decode()
    if is_bytes(array.type):
        array = _decoded(array)
    kind = array.type
    if pa.types.is_null(kind):
        return Column("number", np.full(len(array), np.nan))
    if pa.types.is_dictionary(kind) or _is_text(kind):
        return Column("text", np.empty(0), Texts.of(array, words))
    if pa.types.is_boolean(kind):
        return Column("boolean", _floats(array.cast(pa.int8())), exact=array, category=category)
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return Column("number", _seconds(array))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        array = _without_times(array, words)
        return Column("time", _microseconds(array), exact=array)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        array = _without(array, words)
        return Column("number", _floats(array), exact=array, category=category)
    return Column("other", np.full(len(array), np.nan), raw=is_bytes(kind))


def numbers_of_texts(data: Any) -> Column | None:
    """A pyarrow column of texts that are all plain numbers; None for any other column.

    An encoder of numbers gets the same values as from `column_of`, several times as fast.
    """
    values = plain_numbers(_as_array(data)) if _is_text(data.type) else None
    return None if values is None else Column("number", values)


def _as_array(data: Any) -> pa.Array:
    if isinstance(data, pa.ChunkedArray):
        if _is_text(data.type) and data.nbytes > MOST_TEXT_BYTES:
            data = pc.utf8_slice_codeunits(data.cast(pa.large_string()), 0, MOST_CHARACTERS + 1)
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


def _without(array: pa.Array, words: tuple[str, ...]) -> pa.Array:
    """Numbers without those that the user calls missing, such as -99; a word like 007 is a code, not a number."""
    for word in words:
        if is_padded(word):
            continue
        try:
            meant = pc.equal(array, _number(word, array.type))
        except (ValueError, OverflowError, pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue  # not a number, or not one of this type
        array = pc.if_else(meant, pa.scalar(None, array.type), array)
    return array


def _number(word: str, kind: pa.DataType) -> pa.Scalar:
    """A user's word as a number of the column's type. Raises ValueError if it is not a number."""
    if pa.types.is_floating(kind):
        return pa.scalar(np.dtype(kind.to_pandas_dtype()).type(word), kind)
    try:
        return pa.scalar(int(word))
    except ValueError:
        return pa.scalar(float(word))


def _without_times(array: pa.Array, words: tuple[str, ...]) -> pa.Array:
    """Dates and times without those that the user calls missing; 2099-12-31 stands for the first moment of that day."""
    named = parse(pa.array(words, pa.string()), ISO)
    named = named[~np.isnan(named)]
    if not len(named):
        return array
    return pc.if_else(pa.array(np.isin(_microseconds(array), named)), pa.scalar(None, array.type), array)


def _seconds(array: pa.Array) -> NDArray[np.float64]:
    """Durations and times of day, in seconds."""
    whole = array.cast(pa.int32() if pa.types.is_time32(array.type) else pa.int64())
    return _floats(whole) / _UNITS_A_SECOND[array.type.unit]


def _decoded(array: pa.Array) -> pa.Array:
    """Bytes as texts if all of them are UTF-8, because old writers of parquet store texts as bytes; else unchanged."""
    try:
        return array.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return array


def _microseconds(array: pa.Array) -> NDArray[np.float64]:
    """Times as microseconds; without a zone they count as UTC. Coarse units become floats: 64 bits would overflow."""
    if pa.types.is_date(array.type):
        days = pa.types.is_date32(array.type)
        return _floats(array.cast(pa.int32() if days else pa.int64())) * (86_400_000_000.0 if days else 1000.0)
    if array.type.unit in ("s", "ms"):
        return _floats(array.cast(pa.int64())) * (10**6 / _UNITS_A_SECOND[array.type.unit])
    return _floats(array.cast(pa.timestamp("us", array.type.tz), safe=False))
