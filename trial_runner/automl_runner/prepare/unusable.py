"""Why a column cannot be what the question wants of it, in words that are true of it."""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.errors import cell

KINDS = {"boolean": "truth values", "time": "dates", "other": "lists or objects"}
"""What the values of a source are called that are no numbers and no texts."""


def what_it_holds(column: Column) -> str:
    """What the values of a column are called that are no numbers and no texts."""
    return "bytes that are no text" if column.raw else KINDS[column.source]


def why_unusable(column: Column, values: NDArray[np.float64], expected: str) -> str:
    """In how many rows which values are not finite, with a cell that is not as expected; nothing where all are."""
    nothing = np.isnan(values)
    unread = (
        nothing & column.texts.spread(column.texts.there, False) if column.texts else np.zeros(len(values), np.bool_)
    )
    like = f", for example {_first_cell(column, unread)}" if unread.any() else ""
    found = [
        (int((nothing & ~unread).sum()), "missing in {:,} rows"),
        (int(unread.sum()), f"no {expected} in {{:,}} rows{like}"),
        (int(np.isinf(values).sum()), "infinite in {:,} rows"),
    ]
    return " and ".join(words.format(rows) for rows, words in found if rows)


def _first_cell(column: Column, which: NDArray[np.bool_]) -> str:
    assert column.texts is not None
    return cell(column.texts.uniques[int(column.texts.indices[which][0])].as_py())
