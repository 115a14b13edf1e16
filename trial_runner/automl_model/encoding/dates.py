"""Encodes columns of dates and times as their parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.errors import SchemaError, cell
from automl_model.encoding.placement import as_float32
from automl_model.encoding.reading import Notes, check_source, rows_of, say
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import (
    ISO,
    day_or_month,
    in_letters,
    is_format,
    other_order,
    parse,
    read_times,
    time_format,
    zoned,
)

PARTS = ("days", "year", "month", "day", "yearday", "weekday", "hour", "minute")
PERIODS = {"month": 12, "yearday": 366, "weekday": 7, "hour": 24, "minute": 60}
"""The parts that begin anew after so many values. Days of a month do not: months differ in length."""
_MOST_MINUTES = 12
"""Times on a grid, such as every five minutes, have few minutes. Those of other times say next to nothing."""
MICROSECONDS_A_DAY = 86_400_000_000
_MOST_DAYS = 2**63 // MICROSECONDS_A_DAY
TOO_FAR = "holds times more than 290,000 years from now, which is too far for dates"
_FEW = 0.05
"""The largest share of cells that may have day and month in the other order; these cells are missing."""


@dataclass(frozen=True)
class DatetimeEncoder(ColumnEncoder):
    """Times as days since 1970 UTC, minus an origin, and as the parts that varied in training.

    zones: whether the times of training had a time zone; None if only some had one, or if it is not known.
    """

    kind: ClassVar[Literal["datetime"]] = "datetime"
    name: str
    format: str = ISO
    parts: tuple[str, ...] = PARTS
    origin: int = 0
    zones: bool | None = None

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "DatetimeEncoder":
        """The encoder that `state` describes. Raises ValueError for an unknown format or part, or an invalid origin."""
        parts = tuple(state["parts"])
        if unknown := [part for part in parts if part not in PARTS]:
            raise ValueError(f"dates have no part {str(unknown[0])[:40]!r}")
        if not is_format(state["format"]):
            raise ValueError(f"{state['format']!r:.40} is not a format of dates")
        origin = state.get("origin", 0)
        if type(origin) is not int or abs(origin) > _MOST_DAYS:
            raise ValueError(f"{origin!r:.40} is not a day to count dates from")
        return cls(state["name"], state["format"], parts, origin, _bool_or_none(state.get("zones")))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        origin = {"origin": self.origin} if self.origin else {}
        zones = {} if self.zones is None else {"zones": self.zones}
        return {"name": self.name, "format": self.format, "parts": list(self.parts), **origin, **zones}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its features, one for each part."""
        return tuple(self.name if part == "days" else f"{self.name}.{part}" for part in self.parts)

    @property
    def periods(self) -> tuple[int, ...]:
        """See ColumnEncoder."""
        return tuple(PERIODS.get(part, 0) for part in self.parts)

    def only(self, places: Sequence[int]) -> "DatetimeEncoder":
        """The encoder of some of its parts."""
        return replace(self, parts=tuple(self.parts[place] for place in places))

    def informative(self, features: Sequence[NDArray[Any]]) -> list[int]:
        """See ColumnEncoder."""
        told = super().informative(features)
        over_years = "year" in {self.parts[place] for place in told}
        return [place for place in told if _is_informative(self.parts[place], features[place], over_years=over_years)]

    def encode(self, column: Column, notes: Notes) -> list[NDArray[np.float32]]:
        """An array for each part. Raises SchemaError if most values cannot be read, or if day or month is ambiguous."""
        check_source(self.name, "dates", column, ("text", "time"))
        values = column.values
        if column.texts:
            values = rows_of(self.name, "dates", column.texts, self._read(column.texts, notes), notes)
        if beyond(values).any():
            raise SchemaError(f'column "{self.name}" {TOO_FAR}; mend its dates')
        if self.zones is not None and (first := _first_time(column, values, zones=not self.zones)):
            self._say_zones(first, notes)
        return [as_float32(part) for part in _in_parts(values, self.parts, self.origin)]

    def _read(self, texts: Texts, notes: Notes) -> NDArray[np.float64]:
        times = read_times(texts, self.format)
        unread = texts.there & np.isnan(times)
        if not unread.any():
            return times
        found = time_format(texts, 1.0)
        if found:
            if day_or_month(texts, found):
                raise self._undecided(texts, unread)
            first = cell(texts.first(unread))
            say(notes, self.name, f"dates like {first} are read as {in_letters(found)}, unlike in training")
            return read_times(texts, found)
        if (swapped := other_order(self.format)) and not np.isnan(
            parse(texts.uniques.filter(pa.array(unread)), swapped)
        ).all():
            rows, every = int(texts.counts[unread].sum()), int(texts.counts[texts.there].sum())
            if rows > _FEW * every:
                raise self._undecided(texts, unread)
        return times

    def _say_zones(self, first: str, notes: Notes) -> None:
        """Add a note if only training or only new rows have zones: times without one count as UTC, perhaps wrongly."""
        have = "no time zone, unlike in training, and are read as UTC"
        have_not = "a time zone, unlike in training, and are read in UTC"
        say(notes, self.name, f"times like {cell(first)} have {have if self.zones else have_not}")

    def _undecided(self, texts: Texts, unread: NDArray[np.bool_]) -> SchemaError:
        return SchemaError(
            f'column "{self.name}" holds dates like {cell(texts.first(unread))}, which are not written as in training'
            f" ({in_letters(self.format)}), and it is not certain which number is the day; write them as 2024-01-31"
        )


def _first_time(column: Column, values: NDArray[np.float64], *, zones: bool) -> str:
    """The first of a column's times that has a zone, or that has none, by `zones`; empty if there is no such time."""
    if column.texts:
        found = column.texts.spread(zoned(column.texts) == zones, False) & ~np.isnan(values)
        return str(column.texts.uniques[int(column.texts.indices[found][0])].as_py()) if found.any() else ""
    if column.exact is None or has_zone(column) != zones or column.empty:
        return ""
    return str(column.exact.drop_null().slice(0, 1).cast(pa.string())[0].as_py())


def beyond(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each row, True if its microseconds do not fit into 64 bits."""
    return np.asarray(np.abs(values) >= 2.0**63, np.bool_)


def has_zone(column: Column) -> bool:
    """True when the type of a column of times has a time zone."""
    return column.exact is not None and getattr(column.exact.type, "tz", None) is not None


def _is_informative(part: str, values: NDArray[Any], *, over_years: bool) -> bool:
    """Whether a part says something that other parts do not. Within one year, days count the days of the year, too."""
    if part == "yearday":
        return over_years
    return part != "minute" or len(np.unique(values[~np.isnan(values)])) <= _MOST_MINUTES


def _bool_or_none(found: Any) -> bool | None:
    """The value, if it is a boolean or None. Raises ValueError for any other."""
    if found is not None and type(found) is not bool:
        raise ValueError(f"{found!r:.40} does not say whether times have a zone")
    return found


def _in_parts(microseconds: NDArray[np.float64], parts: tuple[str, ...], origin: int) -> Iterator[NDArray[np.float64]]:
    """One part after the other, so that a large table needs memory for one at a time."""
    missing = np.isnan(microseconds)
    whole = np.where(missing, 0, microseconds).astype(np.int64)
    days = whole // MICROSECONDS_A_DAY
    date = days.astype("datetime64[D]")
    month = date.astype("datetime64[M]")
    every: dict[str, Callable[[], NDArray[Any]]] = {
        "days": lambda: (whole - origin * MICROSECONDS_A_DAY) / MICROSECONDS_A_DAY,
        "year": lambda: date.astype("datetime64[Y]").astype(np.int64) + 1970,
        "month": lambda: month.astype(np.int64) % 12 + 1,
        "day": lambda: (date - month.astype("datetime64[D]")).astype(np.int64) + 1,
        "yearday": lambda: (date - date.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64) + 1,
        "weekday": lambda: (days + 3) % 7,
        "hour": lambda: whole // 3_600_000_000 % 24,
        "minute": lambda: whole // 60_000_000 % 60,
    }
    for part in parts:
        yield np.where(missing, np.nan, every[part]())
