"""What is to be said of dates that are not all written alike, or in a way that nothing decides."""

from collections.abc import Iterator

import numpy as np

from automl_model.encoding.texts import Texts
from automl_model.encoding.times import day_or_month, first_of_two, read_times, time_format
from automl_runner.prepare.notes import leave_out, note, short
from automl_runner.prepared import DataNote


def about_format(name: str, texts: Texts, found: str) -> Iterator[DataNote]:
    """Notes on a column that is read in a format: dates like 05/06/2024 and none that decides."""
    if day_or_month(texts, found):
        message = (
            f"{short(name)} holds dates that may put the month or the day first, and none of them decides; the"
            f" {first_of_two(found)} is read first: write them as 2024-01-31 if that is wrong"
        )
        yield note("Repaired", message, name)


def mixed_dates(name: str, where: str, kind: str, texts: Texts) -> Iterator[DataNote]:
    """Notes on dates beside cells that no one format reads with them; `kind`: what all of them are taken for."""
    found = time_format(texts, 0.0)
    if not found:
        return
    read = texts.there & ~np.isnan(read_times(texts, found))
    other = texts.there & ~read
    if other.any():
        dates, rows = int(texts.counts[read].sum()), int(texts.counts[texts.there].sum())
        message = (
            f"{where} mixes dates ({dates:,} of {rows:,} rows) with cells that are not written like them, and is taken for"
            f" {kind}; write all of them as 2024-01-31, or {leave_out(name)}"
        )
        yield note("MixedTypes", message, name, f"{texts.first(read)} and {texts.first(other)}")
