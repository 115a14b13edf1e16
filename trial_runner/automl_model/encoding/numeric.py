"""Columns that become numbers: numbers, booleans, and dates in parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column, Source
from automl_model.encoding.errors import wrong_kind
from automl_model.encoding.notation import PLAIN, Notation, read_numbers
from automl_model.encoding.spellings import FALSE, TRUE
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import ISO, read_times

PARTS = ("days", "year", "month", "day", "weekday", "hour")
_LARGEST = float(np.finfo(np.float32).max)
_MICROSECONDS_A_DAY = 86_400_000_000


class _OneFeature:
    """A column that makes a single feature, of its own name."""

    name: str

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """The names of its features."""
        return (self.name,)


@dataclass(frozen=True)
class NumericEncoder(_OneFeature):
    """Numbers as float32 above an origin; infinite ones are missing. The origin keeps great numbers apart."""

    kind: ClassVar[Literal["numeric"]] = "numeric"
    name: str
    notation: Notation = PLAIN
    origin: float = 0.0

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "NumericEncoder":
        """Read back what `state` said."""
        return cls(state["name"], Notation.from_state(state.get("notation", {})), state.get("origin", 0.0))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON; what is as usual is left out."""
        notation = {"notation": self.notation.state()} if self.notation != PLAIN else {}
        return {"name": self.name, **notation, **({"origin": self.origin} if self.origin else {})}

    def encode(self, column: Column) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError where not one value can be read as a number."""
        _check_source(self.name, "numbers", column, ("text", "number", "boolean"))
        values = column.values
        if column.texts:
            values = _read(self.name, "numbers", column.texts, read_numbers(column.texts, self.notation))
        return [as_float32(values - self.origin)]


@dataclass(frozen=True)
class BooleanEncoder(_OneFeature):
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

    def encode(self, column: Column) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError where not one value can be read as a boolean."""
        _check_source(self.name, "booleans", column, ("text", "number", "boolean"))
        if column.texts:
            numbers = column.texts.numbers.copy()
            numbers[column.texts.among(TRUE, any_case=True)] = 1
            numbers[column.texts.among(FALSE, any_case=True)] = 0
            numbers[(numbers != 0) & (numbers != 1)] = np.nan
            return [as_float32(_read(self.name, "booleans", column.texts, numbers))]
        readable = (column.values == 0) | (column.values == 1)
        if not (readable.any() or column.empty):
            raise wrong_kind(self.name, "booleans")
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
        _check_source(self.name, "dates", column, ("text", "time"))
        values = column.values
        if column.texts:
            values = _read(self.name, "dates", column.texts, read_times(column.texts, self.format))
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


def _check_source(name: str, expected: str, column: Column, sources: tuple[Source, ...]) -> None:
    if column.source not in sources and not column.empty:
        raise wrong_kind(name, expected)


def _read(name: str, expected: str, texts: Texts, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each row its value. A few unreadable ones are missing; a column of nothing else is the wrong column."""
    present = (texts.counts > 0) & ~texts.placeholder
    if present.any() and np.isnan(values[present]).all():
        raise wrong_kind(name, expected, texts.uniques[int(np.flatnonzero(present)[0])].as_py())
    return texts.spread(values, np.nan)
