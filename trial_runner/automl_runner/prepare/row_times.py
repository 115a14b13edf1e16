"""The times that rows are ordered by."""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, notation_of, read_numbers
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import read_times, time_format
from automl_runner.prepare.date_notes import about_format
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notation_notes import about_notation
from automl_runner.prepare.notes import short
from automl_runner.prepare.unusable import KINDS, why_unusable
from automl_runner.prepared import DataNote

_EXACT = 2.0**53
_EXPECTED = "dates or numbers"


def read_row_times(column: Column, time: str, name: str) -> tuple[NDArray[np.float64], list[DataNote]]:
    """For each row its date or number, whole ones beyond 2**53 by their rank; and how they are read, if that is not sure.

    Raises WorkFailed where a row has none.
    """
    values, said = _of_texts(column.texts, time) if column.texts else (column.values, [])
    why = KINDS[column.source] if column.source in ("boolean", "other") else why_unusable(column, values, _EXPECTED)
    if why:
        raise data_invalid(
            f"{name}: the times in {short(time)} are {why}; give every row a date or a number, all in one way, for example"
            " 2024-01-31"
        )
    if column.integers is not None and (np.abs(values) >= _EXACT).any():
        return np.unique(column.integers, return_inverse=True)[1].astype(np.float64), said
    return values, said


def _of_texts(texts: Texts, time: str) -> tuple[NDArray[np.float64], list[DataNote]]:
    """Dates, also where only some are, so that the others can be named; else numbers."""
    if found := time_format(texts, 0.0):
        return texts.spread(read_times(texts, found), np.nan), list(about_format(time, texts, found))
    notation = notation_of(texts, 1.0) or PLAIN
    numbers = read_numbers(texts, notation)
    return texts.spread(numbers, np.nan), list(about_notation(time, texts, notation, numbers))
