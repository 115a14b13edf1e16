"""Reads the times that rows are ordered by."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, notation_of
from automl_model.encoding.placement import Whole
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import read_times, time_format
from automl_model.exact import EXACT
from automl_runner.prepare.date_notes import about_format
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notation_notes import about_notation
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.numbers import Numbers, numbers_of
from automl_runner.prepare.unusable import what_it_holds, why_unusable
from automl_runner.prepared import DataNote

_EXPECTED = "dates or numbers"


def read_row_times(column: Column, time: str, name: str) -> tuple[NDArray[np.float64], list[DataNote]]:
    """Each row's date or number, and notes if the reading is not certain. Whole numbers beyond 2**53 become ranks.

    Raises WorkFailed where a row has no date or number.
    """
    values, integers, notes = (
        _of_texts(column.texts, time) if column.texts else (column.values, column.integers, list[DataNote]())
    )
    why = what_it_holds(column) if column.source in ("boolean", "other") else why_unusable(column, values, _EXPECTED)
    if why:
        raise data_invalid(
            f"{name}: the times in {short(time)} are {why}; give every row a date or a number, all written in one"
            " way, for example 2024-01-31"
        )
    if integers is not None and (np.abs(values) >= EXACT).any():
        return np.unique(integers, return_inverse=True)[1].astype(np.float64), notes
    return values, notes


def _of_texts(texts: Texts, time: str) -> tuple[NDArray[np.float64], Whole | None, list[DataNote]]:
    """Dates, even if only some cells are dates, so that messages can name the others; else numbers, exact if whole."""
    if found := time_format(texts, 0.0):
        return texts.spread(read_times(texts, found), np.nan), None, list(about_format(time, texts, found))
    numbers = numbers_of(texts, notation_of(texts, 1.0) or PLAIN)
    assert numbers is not None
    assert numbers.of_uniques is not None
    notes = list(about_notation(time, texts, numbers.notation, numbers.of_uniques))
    return numbers.values, numbers.integers, [*notes, *_about_same(texts, numbers, time)]


def _about_same(texts: Texts, numbers: Numbers, time: str) -> Iterator[DataNote]:
    """A note that different large numbers are equal as float64, if they are not known exactly."""
    assert numbers.of_uniques is not None
    great = texts.there & (np.abs(numbers.of_uniques) >= EXACT)
    order = np.flatnonzero(great)[np.argsort(numbers.of_uniques[great], kind="stable")]
    same = numbers.of_uniques[order][1:] == numbers.of_uniques[order][:-1]
    if numbers.integers is None and same.any():
        place = int(np.flatnonzero(same)[0])
        two = " and ".join(str(texts.uniques[int(unique)].as_py()) for unique in order[place : place + 2])
        yield note(
            "Repaired", f"different times in {short(time)} are beyond 2**53, and are read as the same", time, two
        )
