"""Reads the groups whose rows stay together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_runner.prepare.errors import data_invalid
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.unusable import what_it_holds
from automl_runner.prepared import DataNote


def read_groups(column: Column, group: str, name: str) -> NDArray[np.int64]:
    """Each row's group as a number. A row without a group is a group of its own. Long keys are compared exactly.

    Raises WorkFailed where the column holds no values that can be told apart.
    """
    if column.source == "other" or column.empty:
        what = what_it_holds(column) if column.source == "other" else "missing in every row"
        raise data_invalid(f"{name}: the groups in {short(group)} are {what}; give each group a name or a number")
    if column.source == "time":
        missing = np.isnan(column.values)
        groups = np.unique(column.values, return_inverse=True)[1].astype(np.int64)
    else:
        missing = column.spelled.spread(column.spelled.missing, 1).astype(np.bool_)
        groups = column.spelled.indices.astype(np.int64)
    groups[missing] = groups.max(initial=0) + 1 + np.arange(int(missing.sum()))
    return groups


def about_groups(column: Column | None, group: str) -> Iterator[DataNote]:
    """A note on words that are read as missing: each of their rows is a group of its own."""
    if column is None or column.texts is None:
        return
    texts = column.texts
    words = (texts.counts > 0) & texts.missing & ~texts.among(("",))
    if words.any():
        rows, where = int(texts.counts[words].sum()), short(group)
        message = (
            f"{rows:,} rows have a word for a missing value in {where}, and each is a group of its own; if the word is"
            " the name of a group, set data.missingValues without it"
        )
        yield note("Repaired", message, group, texts.first(words))
