"""The times that rows are ordered by."""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import rows_of_numbers
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import read_times, time_format
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notes import short
from automl_runner.prepare.unusable import KINDS, why_unusable

_EXACT = 2.0**53


def read_row_times(column: Column, time: str, name: str) -> NDArray[np.float64]:
    """For each row its date or number, whole ones beyond 2**53 by their rank. Raises WorkFailed where a row has none."""
    values = _of_texts(column.texts) if column.texts else column.values
    why = (
        KINDS[column.source]
        if column.source in ("boolean", "other")
        else why_unusable(column, values, "dates or numbers")
    )
    if why:
        raise data_invalid(
            f"{name}: the times in {short(time)} are {why}; give every row a date or a number, all in one way, for example"
            " 2024-01-31"
        )
    if column.integers is not None and (np.abs(values) >= _EXACT).any():
        return np.unique(column.integers, return_inverse=True)[1].astype(np.float64)
    return values


def _of_texts(texts: Texts) -> NDArray[np.float64]:
    """Dates, also where only some are, so that the others can be named; else numbers."""
    found = time_format(texts, 0.0)
    return texts.spread(read_times(texts, found), np.nan) if found else rows_of_numbers(texts)
