"""Decides the kind of a column, once and over all its cells: its encoder, or the reason why it is left out.

A text is never judged alone: a column is numbers or dates if 95 % of its cells are, and a note names the others. It is
booleans if all its cells are. The user's type comes first, then the source's own type, then the look of the cells.
"""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.boolean import BooleanEncoder, pair_of
from automl_model.encoding.categorical import CategoricalEncoder
from automl_model.encoding.column import Column
from automl_model.encoding.dates import TOO_FAR, DatetimeEncoder, beyond, has_zone
from automl_model.encoding.notation import PLAIN, differs
from automl_model.encoding.options import TYPED, ReadingOptions
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import ISO, first_of_two, parse, read_times, time_format
from automl_runner.prepare.column_kind import ColumnKind, left_out_column
from automl_runner.prepare.date_notes import about_format
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.mixed_notes import HALF, about_mixed
from automl_runner.prepare.notes import leave_out, note, odd_cells, short, written_differently
from automl_runner.prepare.numbers import Numbers, numbers_of
from automl_runner.prepare.numeric import dates_at_their_place, numeric
from automl_runner.prepare.prose import text_kind, why_prose
from automl_runner.prepare.spelling_notes import taken_for_codes
from automl_runner.prepare.time_notes import zones_of
from automl_runner.prepare.unusable import what_it_holds
from automl_runner.prepared import DataNote

MOST_LEVELS = 10_000


def kind_of(name: str, column: Column, options: ReadingOptions = TYPED) -> ColumnKind:
    """The kind of a column whose type the user has not given."""
    if column.source == "other":
        kind = left_out_column("Repaired", name, f"holds {what_it_holds(column)}")
        remedy = "write it as text" if column.raw else "split it into columns"
        return ColumnKind(None, kind.reason, (note("Repaired", f"{kind.warnings[0].message}; {remedy}", name),))
    if column.empty:
        return left_out_column("Constant", name, "holds nothing but missing values")
    if column.category and column.source != "time":
        return categorical(name, column.spelled, "its own type is categorical")
    if column.texts:
        return _kind_of_texts(name, column.texts, options)
    if column.source == "number":
        return _numeric(name, Numbers.typed(column), typed_text=False)
    if column.source == "boolean":
        return ColumnKind(BooleanEncoder(name), "its own type is boolean")
    kind = typed_dates(name, column, "its own type is a date or time")
    return kind.saying(_dates_as_categories(name)) if column.category else kind


def _kind_of_texts(name: str, texts: Texts, options: ReadingOptions) -> ColumnKind:
    if pair := pair_of(texts):
        odd = _placeholders(texts)
        return ColumnKind(
            BooleanEncoder(name, pair), f"all its cells are {pair[0]} or {pair[1]}", odd_cells(name, texts, odd), odd
        )
    if numbers := numbers_of(texts):
        if numbers.like_codes:
            return _codes(name, texts, numbers)
        return _numeric(name, numbers, typed_text=not options.text_source)
    digits = texts.there & texts.is_number
    found = time_format(texts) if not digits.any() or texts.share(digits) <= 0.05 else ""
    if found:
        return dates_of_texts(name, texts, found)
    kind = categorical(name, texts, "its cells are texts")
    if differs(texts):
        return kind.saying(written_differently(name))
    least = HALF if kind.encoder is None else 0.0  # a few numbers among names need no note
    remedy = f"write all of them alike, or {leave_out(name)}"
    return kind.saying(*about_mixed(name, short(name), "categories", texts, remedy, least))


def _numeric(name: str, numbers: Numbers, *, typed_text: bool) -> ColumnKind:
    if numbers.count_rows:
        return left_out_column(
            "Identifier", name, "numbers the rows, and new rows would have numbers that training has not seen,"
        )
    encoder, warnings = numeric(name, numbers)
    reason = "its cells are numbers" if numbers.notation == PLAIN else f"its cells are numbers with {numbers.notation}"
    if typed_text and numbers.notation == PLAIN:
        warnings.append(note("Repaired", f"{short(name)} holds numbers as texts and is read as numbers", name))
    return ColumnKind(encoder, reason, tuple(warnings), numbers.odd)


def _codes(name: str, texts: Texts, numbers: Numbers) -> ColumnKind:
    """The column as categories, or left out; in both cases with a note that it is not read as numbers."""
    how = (
        "with leading zeros, as codes have"
        if numbers.padded.any()
        else "that are spelled in different ways, as versions are"
    )
    kind = categorical(name, texts, f"it holds numbers {how}")
    return kind.saying(taken_for_codes(name, short(name), "categories", numbers))


def dates_of_texts(name: str, texts: Texts, found: str) -> ColumnKind:
    """Texts as dates of a format."""
    times = read_times(texts, found)
    odd = np.asarray((texts.counts > 0) & ~texts.missing & np.isnan(times), np.bool_)
    kind = _dates(name, times, found, _why_dates(texts, found), zones_of(texts, times))
    kind = ColumnKind(kind.encoder, kind.reason, (*kind.warnings, *odd_cells(name, texts, odd)), odd)
    return kind.saying(*about_format(name, texts, found))


def _why_dates(texts: Texts, found: str) -> str:
    """The reason that the cells are dates, with one of them as an example."""
    if found == ISO:
        return "its cells are dates"
    first = f", the {first_of_two(found)} first" if first_of_two(found) else ""
    return f"its cells are dates like {texts.first(texts.there & ~np.isnan(parse(texts.uniques, found)))}{first}"


def typed_dates(name: str, column: Column, reason: str) -> ColumnKind:
    """A column whose own type is a date or time. Raises WorkFailed for times that are too far from now."""
    if beyond(column.values).any():
        raise data_invalid(f"{short(name)} {TOO_FAR}; mend them, or {leave_out(name)}")
    kind = _dates(name, column.values, ISO, reason, has_zone(column))
    message = f"{short(name)} has times finer than a microsecond, which are cut"
    return kind.saying(note("Repaired", message, name)) if column.finer else kind


def _dates(name: str, times: NDArray[np.float64], found: str, reason: str, zones: bool | None) -> ColumnKind:
    origin, warnings = dates_at_their_place(name, times)
    return ColumnKind(DatetimeEncoder(name, found, origin=origin, zones=zones), reason, warnings)


def categorical(name: str, texts: Texts, reason: str, *, asked: bool = False) -> ColumnKind:
    """Texts as categories, or prose as text unless categories are `asked` for. Names that all differ are left out."""
    present = np.where(texts.missing, 0, texts.counts)
    if not asked and (prose := why_prose(texts, present)):
        return text_kind(name, texts, prose)
    levels = levels_of(texts, present)
    if not levels:
        return left_out_column("Identifier", name, "holds a different text in every row, as names or keys do,")
    kind = ColumnKind(CategoricalEncoder(name, levels), reason)
    return kind.saying(_spaces(name)) if texts.merged else kind


def levels_of(texts: Texts, present: NDArray[np.int64]) -> tuple[str, ...]:
    """The texts of two rows or more, the most frequent first, up to a cap; the others share one code."""
    often = np.flatnonzero(present >= 2)
    names = texts.uniques.take(often).to_pylist()
    ranked = sorted(zip(-present[often], names, strict=True))
    return tuple(level for _, level in ranked[:MOST_LEVELS])


def _placeholders(texts: Texts) -> NDArray[np.bool_]:
    """The texts that stand for a missing value without being one of the words for it."""
    return np.asarray((texts.counts > 0) & texts.placeholder & ~texts.missing, np.bool_)


def _dates_as_categories(name: str) -> DataNote:
    message = (
        f"{short(name)} is a categorical of dates and is read as dates; turn them into texts if they are categories"
    )
    return note("Repaired", message, name)


def _spaces(name: str) -> DataNote:
    return note(
        "Repaired",
        f"{short(name)} has texts that differ only in the spaces around them, and are read as the same",
        name,
    )
