"""Columns that become numbers: numbers, booleans, and dates in parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.errors import SchemaError, unreadable
from automl_model.encoding.spellings import FALSE, TRUE
from automl_model.encoding.times import ISO, read_times

PARTS = ("days", "year", "month", "day", "weekday", "hour")
_LARGEST = float(np.finfo(np.float32).max)
_MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class NumericEncoder:
    """Numbers as float32; infinite ones are missing."""

    kind: ClassVar[Literal["numeric"]] = "numeric"
    name: str

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "NumericEncoder":
        """Read back what `state` said."""
        return cls(state["name"])

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name}

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name,)

    def encode(self, column: Column) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError where not one value can be read as a number."""
        if column.source in ("time", "other") and not column.empty:
            raise SchemaError(
                f'column "{self.name}" holds no numbers, which the model was trained on; is it the right column?'
            )
        values = column.values
        if column.texts:
            numbers = column.texts.numbers
            _check_readable(self.name, "numbers", column, ~np.isnan(numbers) | column.texts.placeholder)
            values = column.texts.spread(numbers, np.nan)
        return [as_float32(values)]


@dataclass(frozen=True)
class BooleanEncoder:
    """Booleans, also spelled as yes and no, as 0 and 1."""

    kind: ClassVar[Literal["boolean"]] = "boolean"
    name: str

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "BooleanEncoder":
        """Read back what `state` said."""
        return cls(state["name"])

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name}

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name,)

    def encode(self, column: Column) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError where not one value can be read as a boolean."""
        if column.texts:
            numbers = column.texts.numbers.copy()
            numbers[column.texts.among(TRUE, any_case=True)] = 1
            numbers[column.texts.among(FALSE, any_case=True)] = 0
            numbers[(numbers != 0) & (numbers != 1)] = np.nan
            _check_readable(self.name, "booleans", column, ~np.isnan(numbers) | column.texts.placeholder)
            return [as_float32(column.texts.spread(numbers, np.nan))]
        readable = (column.values == 0) | (column.values == 1)
        if column.source not in ("boolean", "number") or not (readable.any() or column.empty):
            raise SchemaError(
                f'column "{self.name}" holds no booleans, which the model was trained on; is it the right column?'
            )
        return [as_float32(np.where(readable, column.values, np.nan))]


@dataclass(frozen=True)
class DatetimeEncoder:
    """Times as days since 1970 UTC and as those of their parts that varied in training."""

    kind: ClassVar[Literal["datetime"]] = "datetime"
    name: str
    format: str = ISO
    parts: tuple[str, ...] = PARTS

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "DatetimeEncoder":
        """Read back what `state` said."""
        return cls(state["name"], state["format"], tuple(state["parts"]))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name, "format": self.format, "parts": list(self.parts)}

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """The names of its features."""
        return tuple(self.name if part == "days" else f"{self.name}.{part}" for part in self.parts)

    def encode(self, column: Column) -> list[NDArray[np.float32]]:
        """An array for each part. Raises SchemaError where not one value can be read as a time."""
        if column.source not in ("text", "time") and not column.empty:
            raise SchemaError(
                f'column "{self.name}" holds no dates, which the model was trained on; is it the right column?'
            )
        values = column.values
        if column.texts:
            times = read_times(column.texts, self.format)
            _check_readable(self.name, "dates", column, ~np.isnan(times) | column.texts.placeholder)
            values = column.texts.spread(times, np.nan)
        return [as_float32(part) for part in _in_parts(values, self.parts)]


def as_float32(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """float32 with NaN for infinite values; finite ones too large for it become its greatest."""
    finite = np.where(np.isfinite(values), values, np.nan)
    return np.clip(finite, -_LARGEST, _LARGEST).astype(np.float32)


def _in_parts(microseconds: NDArray[np.float64], parts: tuple[str, ...]) -> list[NDArray[np.float64]]:
    missing = np.isnan(microseconds)
    whole = np.where(missing, 0, microseconds).astype(np.int64)
    days = whole // _MICROSECONDS_A_DAY
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    every: dict[str, Callable[[], NDArray[Any]]] = {
        "days": lambda: whole / _MICROSECONDS_A_DAY,
        "year": lambda: date.astype("datetime64[Y]").astype(np.int64) + 1970,
        "month": lambda: month.astype(np.int64) % 12 + 1,
        "day": lambda: (date - month.astype("datetime64[D]")).astype(np.int64) + 1,
        "weekday": lambda: (days + 3) % 7,
        "hour": lambda: whole // 3_600_000_000 % 24,
    }
    return [np.where(missing, np.nan, every[part]()) for part in parts]


def _check_readable(name: str, expected: str, column: Column, readable: NDArray[np.bool_]) -> None:
    """A few unreadable values are missing ones; a column of nothing else is the wrong column."""
    texts = column.texts
    assert texts is not None
    present = (texts.counts > 0) & ~texts.placeholder
    if present.any() and not (present & readable).any():
        raise unreadable(name, expected, texts.uniques[int(np.flatnonzero(present)[0])].as_py())
