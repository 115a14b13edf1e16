"""What a column is: decided once, over all its rows, as an encoder; or why it is left out."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import Column
from automl_model.encoding.encoder import ColumnEncoder
from automl_model.encoding.notation import PLAIN, Notation, differs, notation_of, read_numbers, undecided
from automl_model.encoding.numeric import BooleanEncoder, DatetimeEncoder, NumericEncoder
from automl_model.encoding.spellings import FALSE, TRUE
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import day_or_month, time_format
from automl_runner.prepare.notes import leave_out, note, short, undecided_thousands
from automl_runner.prepared import DataNote

MOST_LEVELS = 10_000
_FEWEST_ROWS_FOR_IDENTIFIERS = 20
_TEXT_CHARACTERS = 40
_EXACT = 2.0**24
"""Up to here float32 holds every whole number."""


@dataclass(frozen=True)
class Kind:
    """A column's encoder, or None where it is left out, and what is to be said about it."""

    encoder: ColumnEncoder | None
    warnings: tuple[DataNote, ...] = ()

    def saying(self, more: DataNote) -> "Kind":
        """The same with a warning more; what is left out needs none."""
        return self if self.encoder is None else Kind(self.encoder, (*self.warnings, more))


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
        return _numeric(name, column.values, PLAIN)
    return Kind(BooleanEncoder(name) if column.source == "boolean" else DatetimeEncoder(name))


def _kind_of_texts(name: str, column: Column, texts: Texts) -> Kind:
    there = texts.counts > 0
    words = texts.among(TRUE + FALSE, any_case=True)
    if (there & words).any() and not (there & ~texts.missing & ~words & ~texts.among(("0", "1"))).any():
        return Kind(BooleanEncoder(name))
    if notation := notation_of(texts):
        kind = _numeric(name, texts.spread(read_numbers(texts, notation), np.nan), notation)
        return kind.saying(undecided_thousands(name)) if undecided(texts, notation) else kind
    numbers = there & texts.is_number & ~texts.missing
    found = time_format(texts) if not numbers.any() else ""
    if found:
        kind = Kind(DatetimeEncoder(name, found))
        return kind.saying(_undecided_days(name, found)) if day_or_month(texts, found) else kind
    kind = _categorical(name, texts, mixed=bool(numbers.any()), rows=len(column))
    return kind.saying(_written_differently(name)) if differs(texts) else kind


def _numeric(name: str, values: NDArray[np.float64], notation: Notation) -> Kind:
    infinite = int(np.isinf(values).sum())
    if _numbers_rows(values):
        message = f"{short(name)} numbers the rows and is left out; new rows would have numbers never seen"
        return Kind(None, (note("Identifier", message, name),))
    encoder = NumericEncoder(name, notation, _origin(values))
    if not infinite:
        return Kind(encoder)
    message = f"{short(name)} holds {infinite:,} infinite values, now missing; mend them, or {leave_out(name)}"
    return Kind(encoder, (note("Infinite", message, name),))


def _origin(values: NDArray[np.float64]) -> float:
    """What to count from where float32 would not tell great numbers apart, as seconds since 1970 or long keys are."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    return low if _EXACT < max(abs(low), abs(high)) < np.inf and high - low < abs(low) else 0.0


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


def _undecided_days(name: str, found: str) -> DataNote:
    first = "month" if found.index("%m") < found.index("%d") else "day"
    message = (
        f"{short(name)} holds dates that may put the month or the day first, and none of them decides; the {first} is"
        " read first: write them as 2024-01-31 if that is wrong"
    )
    return note("Repaired", message, name)


def _written_differently(name: str) -> DataNote:
    message = (
        f"{short(name)} holds numbers that are written in different ways, as 1,5 beside 1.5, and is taken for"
        f" categories; write them alike, or {leave_out(name)}"
    )
    return note("MixedTypes", message, name)


def _is_prose(texts: Texts, present: NDArray[np.int64]) -> bool:
    distinct = present > 0
    if distinct.sum() * 2 < present.sum():
        return False
    lengths = np.asarray(pc.utf8_length(texts.uniques), dtype=np.int64)
    return bool(lengths[distinct].mean() > _TEXT_CHARACTERS)
