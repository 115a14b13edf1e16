"""Profiles of columns: what each is read as and why, with some of its cells as they came."""

from typing import Any

import numpy as np
import pyarrow as pa

from automl_model.encoding.column import Column, column_of
from automl_model.encoding.profile import MOST_CELLS, MOST_CHARACTERS, ColumnProfile
from automl_runner.prepare.kinds import Kind

_LOOKED_AT = 20


def profile_of(name: str, data: Any, column: Column, kind: Kind) -> ColumnProfile:
    """The profile of a column that is read, or left out, as `kind` says. `data`: its arrow column."""
    odd: tuple[str, ...] = ()
    odd_count = 0
    if kind.odd is not None and kind.odd.any() and column.texts:
        odd_count = int(column.texts.counts[kind.odd].sum())
        odd = _cells(column.texts.uniques.filter(pa.array(kind.odd)).slice(0, MOST_CELLS).to_pylist())
    return ColumnProfile(
        name=name,
        kind="ignored" if kind.encoder is None else kind.encoder.kind,
        reason=kind.reason.rstrip(","),
        examples=examples(data),
        missing=missing(data, column),
        odd=odd,
        odd_count=odd_count,
    )


def apart(name: str, data: Any, reason: str, words: tuple[str, ...]) -> ColumnProfile:
    """The profile of a column that nothing is learned from, because of what it is for. `words`: its missing values."""
    count = missing(data, column_of(data, words))
    return ColumnProfile(name=name, kind="ignored", reason=reason, examples=examples(data), missing=count)


def examples(data: Any) -> tuple[str, ...]:
    """The first few different cells of an arrow column."""
    first = data.slice(0, _LOOKED_AT).drop_null().to_pylist()
    return _cells(list(dict.fromkeys(str(value) for value in first))[:MOST_CELLS])


def missing(data: Any, column: Column) -> int:
    """Rows without a value. `data`: the column as it came, as lists and the like have no values elsewhere."""
    if column.source == "other":
        return int(data.null_count)
    if column.texts:
        return len(column) - int(column.texts.counts[~column.texts.missing].sum())
    return int(np.isnan(column.values).sum())


def _cells(texts: list[str]) -> tuple[str, ...]:
    return tuple(text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 3]}..." for text in texts)
