"""Profiles of columns: what each is read as and why, with some of its cells as they came."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from automl_model.encoding.column import Column, column_of
from automl_model.encoding.profile import MOST_CELLS, MOST_CHARACTERS, ColumnProfile
from automl_runner.prepare.kinds import Kind

_LOOKED_AT = 20


def profile_of(name: str, data: Any, column: Column, kind: Kind) -> ColumnProfile:
    """The profile of a column that is read, or left out, as `kind` says. `data`: its arrow column."""
    odd: tuple[str, ...] = ()
    odd_count = 0
    absent = _absent(column, data)
    if kind.odd is not None and kind.odd.any() and column.texts:
        absent |= column.texts.spread(kind.odd, 1)
        odd_count = int(column.texts.counts[kind.odd].sum())
        odd = _cells(column.texts.uniques.filter(pa.array(kind.odd)).slice(0, MOST_CELLS).to_pylist())
    return ColumnProfile(
        name=name,
        kind="ignored" if kind.encoder is None else kind.encoder.kind,
        reason=kind.reason.rstrip(","),
        examples=examples(data, ~absent),
        missing=int(_absent(column, data).sum()),
        odd=odd,
        odd_count=odd_count,
    )


def apart(name: str, data: Any, reason: str, words: tuple[str, ...]) -> ColumnProfile:
    """The profile of a column that nothing is learned from, because of what it is for. `words`: its missing values."""
    absent = _absent(column_of(data, words), data)
    return ColumnProfile(
        name=name, kind="ignored", reason=reason, examples=examples(data, ~absent), missing=int(absent.sum())
    )


def examples(data: Any, there: NDArray[np.bool_]) -> tuple[str, ...]:
    """The first few different cells of an arrow column that are there."""
    first = data.take(pa.array(np.flatnonzero(there)[:_LOOKED_AT])).to_pylist()
    return _cells(list(dict.fromkeys(map(str, first)))[:MOST_CELLS])


def _absent(column: Column, data: Any) -> NDArray[np.bool_]:
    """Rows without a value."""
    if column.texts:
        return column.texts.spread(column.texts.missing, 1)
    if column.source == "other":
        return ~np.asarray(data.is_valid())
    return np.isnan(column.values)


def _cells(texts: list[str]) -> tuple[str, ...]:
    return tuple(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..." for text in texts)
