"""Profiles of columns: the kind and the reason for it, with some cells as they came."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_model.encoding.column import Column, column_of
from automl_model.encoding.profile import MOST_CELLS, MOST_CHARACTERS, ColumnProfile
from automl_runner.prepare.column_kind import ColumnKind

_LOOKED_AT = 20


def profile_of(name: str, data: Any, column: Column, kind: ColumnKind) -> ColumnProfile:
    """The profile of a column of this kind, which may be left out. `data`: its arrow column."""
    odd: tuple[str, ...] = ()
    odd_count = 0
    missing = absent = _absent(column, data)
    if kind.odd is not None and kind.odd.any() and column.texts:
        absent = missing | column.texts.spread(kind.odd, 1)
        odd_count = int(column.texts.counts[kind.odd].sum())
        odd = _cells(column.texts.uniques.filter(pa.array(kind.odd)).slice(0, MOST_CELLS).to_pylist())
    return ColumnProfile(
        name=name,
        kind="ignored" if kind.encoder is None else kind.encoder.kind,
        reason=kind.reason.rstrip(","),
        examples=examples(data, ~absent),
        missing=int(missing.sum()),
        odd=odd,
        odd_count=odd_count,
    )


def apart(name: str, data: Any, reason: str, words: tuple[str, ...]) -> ColumnProfile:
    """The profile of a column that its role keeps out of the features. `words`: its missing values."""
    absent = _absent(column_of(data, words), data)
    return ColumnProfile(
        name=name, kind="ignored", reason=reason, examples=examples(data, ~absent), missing=int(absent.sum())
    )


def examples(data: Any, there: NDArray[np.bool_]) -> tuple[str, ...]:
    """The first few different cells of an arrow column among the rows that are `there`."""
    first = data.take(pa.array(np.flatnonzero(there)[:_LOOKED_AT]))
    return _cells(list(dict.fromkeys(_spelled(first)))[:MOST_CELLS])


def _spelled(cells: Any) -> list[str]:
    """Cells as Python spells them, or as arrow does where Python has no such dates or durations."""
    try:
        return [str(cell) for cell in cells.to_pylist()]
    except (OverflowError, ValueError):
        return _spelled_by_arrow(cells)


def _spelled_by_arrow(cells: Any) -> list[str]:
    """Dates, and durations with their unit. Times with a zone are in UTC, because arrow's years overflow in zones."""
    kind, behind = cells.type, ""
    if pa.types.is_duration(kind):
        behind = f" {kind.unit}"
    elif pa.types.is_timestamp(kind) and kind.tz:
        cells, behind = cells.cast(pa.timestamp(kind.unit)), " UTC"
    return [f"{cell}{behind}" for cell in cells.cast(pa.string()).to_pylist()]


def _absent(column: Column, data: Any) -> NDArray[np.bool_]:
    """Rows without a value."""
    if column.texts:
        return column.texts.spread(column.texts.missing, 1)
    if column.source == "other":
        return ~np.asarray(data.is_valid())
    return np.isnan(column.values)


def _cells(texts: list[str]) -> tuple[str, ...]:
    return tuple(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..." for text in texts)
