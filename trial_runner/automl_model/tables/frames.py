"""Converts pandas frames to arrow, for fitting and for predicting: both read a column alike, or both refuse it.

Some values have no type in arrow: intervals become categories, periods become their start times, and large whole
numbers become exact decimals. A column without a meaning is refused by name.
"""

import datetime
import decimal
import uuid
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pyarrow as pa

from automl_model.tables.errors import TableError
from automl_model.tables.source import as_text_source, is_text_source, spelled, with_categories

_UNREADABLE = (
    pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError, TypeError, ValueError,
)  # fmt: skip
_SPELLED = (
    str,
    bool,
    int,
    float,
    np.bool_,
    np.integer,
    np.floating,
    np.datetime64,
    decimal.Decimal,
    datetime.date,
    datetime.time,
    uuid.UUID,
)
"""The types that become text in a column of mixed values, because their spelling is what people mean."""
_WHOLE: tuple[pa.DataType, ...] = (pa.int64(), pa.uint64(), pa.decimal128(38), pa.decimal256(76))


def table_of(frame: pd.DataFrame, name: str = "data") -> pa.Table:
    """A DataFrame as a table, without its index. Raises TableError, with the column's name and what to do."""
    for column in frame.columns:
        if not isinstance(column, str):
            raise TableError(
                f"{name}: the column name {column!r} is not text; rename it: frame.columns = frame.columns.astype(str)"
            )
        if not is_unicode(column):
            raise TableError(f"{name}: the column name {column!r} is not valid Unicode; rename it")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f'{name} has two columns named "{twice}"; rename or drop one of them')
    arrays = [array_of(frame.iloc[:, place]) for place in range(frame.shape[1])]
    fields = [_field(frame[name], array.type) for name, array in zip(frame.columns, arrays, strict=True)]
    categories = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]
    table = with_categories(pa.table(arrays, pa.schema(fields)), categories)
    return as_text_source(table) if is_text_source(frame) else table


def _field(series: pd.Series, kind: pa.DataType) -> pa.Field:
    """A column's name and type, marked if it is text that held something else."""
    field = pa.field(str(series.name), kind)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return field
    values: Any = series.cat.categories if isinstance(series.dtype, pd.CategoricalDtype) else series
    return field if pd.api.types.infer_dtype(values.dropna()) in ("string", "empty") else spelled(field)


def array_of(series: pd.Series) -> pa.Array:
    """A column as an arrow array. Raises TableError, naming the column, if its values cannot become one."""
    plain = _plain(series)
    try:
        array = pa.Array.from_pandas(plain)
    except UnicodeEncodeError:
        _refuse_text(plain)
    except _UNREADABLE:
        array = _from_values(series, plain)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return (
        _from_values(series, plain) if _is_cut(array, plain) or isinstance(array.type, pa.BaseExtensionType) else array
    )


def _is_cut(array: pa.Array, plain: pd.Series) -> bool:
    """True when arrow has dropped a part of times that came as objects: the clock, the zone or the nanoseconds."""
    if plain.dtype != np.dtype(object) or not (pa.types.is_date(array.type) or pa.types.is_timestamp(array.type)):
        return False
    times = [value for value in plain if isinstance(value, datetime.datetime) and not _is_missing(value)]
    return bool(times) and (pa.types.is_date(array.type) or _are_finer(times) or len(_zoned(times)) > 1)


def _are_finer(values: list[Any]) -> bool:
    """True when some times have nanoseconds."""
    return any(isinstance(value, pd.Timestamp) and value.nanosecond for value in values)


def _zoned(values: list[Any]) -> set[bool]:
    """The set of answers whether a value has a time zone: {True}, {False}, or both."""
    return {isinstance(value, datetime.datetime) and value.tzinfo is not None for value in values}


def _plain(series: pd.Series) -> pd.Series:
    """The column in a type that arrow has, if its pandas type has an equivalent; else unchanged. Raises TableError."""
    kind: Any = series.dtype
    if isinstance(kind, pd.SparseDtype):
        return _plain(series.sparse.to_dense())
    if isinstance(kind, pd.PeriodDtype):
        return series.dt.to_timestamp()
    if isinstance(kind, pd.IntervalDtype):
        return _as_text(series)
    if isinstance(kind, pd.CategoricalDtype):
        plain = _plain(pd.Series(kind.categories, name=series.name))
        if plain.dtype == kind.categories.dtype and plain.dtype != np.dtype(object):
            return series
        return series.astype(object) if plain.dtype == np.dtype(object) else _taken(series, plain)
    if kind == np.dtype(np.longdouble) and kind != np.dtype(np.float64):
        return _narrowed(series)
    if isinstance(kind, np.dtype) and kind.kind == "c":
        raise _refusal(series, "holds complex numbers", "give their parts as two columns")
    return series


def _taken(series: pd.Series, categories: pd.Series) -> pd.Series:
    """The values of a categorical column, taken from its categories in another type."""
    values = categories.reindex(series.cat.codes.where(series.notna(), -1))
    return pd.Series(values.to_numpy(), index=series.index, name=series.name, dtype=values.dtype)


def _narrowed(series: pd.Series) -> pd.Series:
    """Long doubles as doubles. Raises TableError for numbers beyond float64."""
    with np.errstate(over="ignore"):
        narrow = series.astype(np.float64)
    lost = np.isinf(narrow) & ~np.isinf(series)
    if lost.any():
        raise _refusal(series, f"holds {series[lost].iloc[0]!s}, which is beyond float64", "scale it")
    return narrow


def _as_text(series: pd.Series) -> pd.Series:
    return series.astype(object).map(str, na_action="ignore").astype("str")


def _from_values(series: pd.Series, plain: pd.Series) -> pa.Array:
    """A column of Python objects, by their common type: numbers, dates and times, periods, intervals, or else texts."""
    values = [None if _is_missing(value) else value for value in plain.astype(object)]
    there = [value for value in values if value is not None]
    if all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in there):
        return _whole_numbers(series, values)
    if all(
        isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) for value in there
    ):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if all(isinstance(value, datetime.date) for value in there):
        return _times(series, values, there)
    if all(isinstance(value, pd.Period) for value in there):
        return pa.array([None if value is None else value.start_time for value in values])
    if all(isinstance(value, pd.Interval) for value in there):
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    strange = next((value for value in there if not isinstance(value, _SPELLED)), None)
    if strange is not None:
        raise _refusal(
            series,
            f"holds values of the type {type(strange).__name__} among others",
            f"turn it into numbers, dates or text, for example with frame[{series.name!r}].astype(str), or drop it",
        )
    try:
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    except UnicodeEncodeError:
        _refuse_text(plain)


def _times(series: pd.Series, values: list[Any], there: list[Any]) -> pa.Array:
    """Dates and times as times, without loss; with a zone if all have one. Raises TableError if that is impossible."""
    zoned = _zoned(there)
    if len(zoned) > 1:
        remedy = f"give all of them one, for example with pd.to_datetime(frame[{series.name!r}], utc=True)"
        raise _refusal(series, "holds times with a time zone beside others that have none", remedy)
    kind = pa.timestamp("ns" if _are_finer(there) else "us", "UTC" if True in zoned else None)
    try:
        return pa.array([None if value is None else _moment(value) for value in values], kind)
    except (pa.ArrowInvalid, OverflowError):
        what = "holds times with nanoseconds beside others that are too far away for nanoseconds"
        raise _refusal(series, what, "round them, for example with Timestamp.round('us')") from None


def _moment(value: datetime.date) -> datetime.datetime:
    """A time unchanged; a date as its first moment."""
    return value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, datetime.time())


def _whole_numbers(series: pd.Series, values: list[Any]) -> pa.Array:
    whole = [None if value is None else int(value) for value in values]
    for kind in _WHOLE:
        try:
            if pa.types.is_decimal(kind):
                return pa.array([None if value is None else decimal.Decimal(value) for value in whole], kind)
            return pa.array(whole, kind)
        except (pa.ArrowInvalid, OverflowError):
            continue  # too large for this type
    raise _refusal(
        series, "holds whole numbers of more than 76 digits", "turn it into text if they are names, or scale it"
    )


def _refuse_text(series: pd.Series) -> NoReturn:
    texts = (value for value in series.astype(object) if isinstance(value, str))
    strange = next((value for value in texts if not is_unicode(value)), "")
    raise _refusal(
        series,
        f"holds the text {strange[:40]!r}, which is not valid Unicode",
        f'replace the broken characters: frame[{series.name!r}].str.encode("utf-8", "replace").str.decode("utf-8")',
    )


def _refusal(series: pd.Series, what: str, remedy: str) -> TableError:
    return TableError(f'column "{series.name}" {what}; {remedy}')


def is_unicode(text: str) -> bool:
    """True when a text can be stored; half a character, which json and Python allow, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_missing(value: object) -> bool:
    """True for every scalar that stands for a missing value, such as NaN of any type of floats, or NaT."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))
