"""What a column is: decided once, over all its rows, as an encoder; or why it is left out."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_api.resources.plan import DataWarning
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import Column
from automl_model.encoding.encoder import ColumnEncoder
from automl_model.encoding.numeric import BooleanEncoder, DatetimeEncoder, NumericEncoder
from automl_model.encoding.spellings import FALSE, TRUE
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import time_format
from automl_runner.prepare.notes import leave_out, note, short

MOST_LEVELS = 10_000
_FEWEST_ROWS_FOR_IDENTIFIERS = 20
_TEXT_CHARACTERS = 40


@dataclass(frozen=True)
class Kind:
    """A column's encoder, or None where it is left out, and what is to be said about it."""

    encoder: ColumnEncoder | None
    warnings: tuple[DataWarning, ...] = ()


def kind_of(name: str, column: Column) -> Kind:
    """Decide what a column is."""
    if column.source == "other":
        return Kind(
            None, (note("Repaired", f"{short(name)} holds lists or objects and is left out; make columns of it", name),)
        )
    if column.empty:
        return Kind(None, (note("Constant", f"{short(name)} holds nothing but missing values and is left out", name),))
    if column.texts:
        return _kind_of_texts(name, column, column.texts)
    if column.source == "number":
        return _numeric(name, column.values)
    return Kind(BooleanEncoder(name) if column.source == "boolean" else DatetimeEncoder(name))


def _kind_of_texts(name: str, column: Column, texts: Texts) -> Kind:
    there = texts.counts > 0
    if not (there & ~texts.missing & ~texts.among(TRUE + FALSE, any_case=True)).any():
        return Kind(BooleanEncoder(name))
    numbers = there & texts.is_number & ~texts.missing
    if numbers.any() and not (there & ~texts.is_number & ~texts.placeholder).any():
        return _numeric(name, texts.spread(texts.numbers, np.nan))
    found = time_format(texts) if not numbers.any() else ""
    if found:
        return Kind(DatetimeEncoder(name, found))
    return _categorical(name, texts, mixed=bool(numbers.any()), rows=len(column))


def _numeric(name: str, values: NDArray[np.float64]) -> Kind:
    infinite = int(np.isinf(values).sum())
    if _numbers_rows(values):
        message = f"{short(name)} numbers the rows and is left out; new rows would have numbers never seen"
        return Kind(None, (note("Identifier", message, name),))
    if not infinite:
        return Kind(NumericEncoder(name))
    message = f"{short(name)} holds {infinite:,} infinite values, now missing; mend them, or {leave_out(name)}"
    return Kind(NumericEncoder(name), (note("Infinite", message, name),))


def _numbers_rows(values: NDArray[np.float64]) -> bool:
    """Whole numbers, all different, so close together that they can only be counted out."""
    if len(values) < _FEWEST_ROWS_FOR_IDENTIFIERS or not np.isfinite(values).all():
        return False
    low, high = values.min(), values.max()
    if high - low + 1 > 2 * len(values) or not (values == np.floor(values)).all():
        return False
    return bool(np.bincount((values - low).astype(np.int64)).max() == 1)


def _categorical(name: str, texts: Texts, *, mixed: bool, rows: int) -> Kind:
    present = np.where(texts.missing, 0, texts.counts)
    levels = _levels(texts, present)
    if not levels:
        message = f"{short(name)} holds a different text in every row, as names or keys do, and is left out"
        return Kind(None, (note("Identifier", message, name),))
    if _is_prose(texts, present):
        message = (
            f"{short(name)} holds free text, mostly unique, and is left out; text is not learned from in this version"
        )
        return Kind(None, (note("Identifier", message, name),))
    if not mixed:
        return Kind(CategoricalEncoder(name, levels))
    numbers = int(texts.counts[texts.is_number & ~texts.missing].sum())
    message = (
        f"{short(name)} mixes numbers ({numbers:,} of {rows:,} rows) and texts, and is taken for categories;"
        f" mend the texts, or {leave_out(name)}"
    )
    return Kind(CategoricalEncoder(name, levels), (note("MixedTypes", message, name),))


def _levels(texts: Texts, present: NDArray[np.int64]) -> tuple[str, ...]:
    """The texts of two rows or more, the most frequent first, up to a cap; the others share one code."""
    often = np.flatnonzero(present >= 2)
    names = texts.uniques.take(often).to_pylist()
    ranked = sorted(zip(-present[often], names, strict=True))
    return tuple(level for _, level in ranked[:MOST_LEVELS])


def _is_prose(texts: Texts, present: NDArray[np.int64]) -> bool:
    distinct = present > 0
    if distinct.sum() * 2 < present.sum():
        return False
    lengths = np.asarray(pc.utf8_length(texts.uniques), dtype=np.int64)
    return bool(lengths[distinct].mean() > _TEXT_CHARACTERS)
