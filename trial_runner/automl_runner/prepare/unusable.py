"""Messages on columns that cannot be used as the spec wants."""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.errors import cell

KINDS = {"boolean": "truth values", "time": "dates", "other": "lists or objects"}
"""The names in messages for values of a source that are neither numbers nor texts."""


def what_it_holds(column: Column) -> str:
    """The name in messages for a column's values that are neither numbers nor texts."""
    return "bytes that are not text" if column.raw else KINDS[column.source]


def why_unusable(column: Column, values: NDArray[np.float64], expected: str) -> str:
    """The message on values that are not finite, with rows and an unexpected cell; empty if all are finite."""
    nothing = np.isnan(values)
    unread = (
        nothing & column.texts.spread(column.texts.there, False) if column.texts else np.zeros(len(values), np.bool_)
    )
    like = f", for example {_first_cell(column, unread)}" if unread.any() else ""
    found = [
        (int((nothing & ~unread).sum()), "missing in {:,} rows"),
        (int(unread.sum()), f"not {expected} in {{:,}} rows{like}"),
        (int(np.isinf(values).sum()), "infinite in {:,} rows"),
    ]
    return " and ".join(text.format(rows) for rows, text in found if rows)


def _first_cell(column: Column, which: NDArray[np.bool_]) -> str:
    assert column.texts is not None
    return cell(column.texts.uniques[int(column.texts.indices[which][0])].as_py())
