"""Notes on texts that are read as times by an assumption about their zone or their century."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.texts import Texts
from automl_model.encoding.times import parse, zoned
from automl_runner.prepare.notes import note, short
from automl_runner.prepared import DataNote


def zones_of(texts: Texts, times: NDArray[np.float64]) -> bool | None:
    """True when texts read as times have a time zone, None when only some have. `times`: one for each unique text."""
    found = zoned(texts)[texts.there & ~np.isnan(times)]
    return None if found.any() and not found.all() else bool(found.any())


def about_times(name: str, texts: Texts, found: str, times: NDArray[np.float64]) -> Iterator[DataNote]:
    """Notes on a column of times in a format. `times`: the time of each unique text."""
    if "%y" in found:
        latest = int(np.nanargmax(np.where(texts.there, parse(texts.uniques, found), np.nan)))
        years = "years of two digits, which are read as 1969 to 2068"
        message = f"{short(name)} holds {years}; write them with four digits if that is wrong"
        yield note("Repaired", message, name, str(texts.uniques[latest].as_py()))
    if zones_of(texts, times) is None:
        without = texts.there & ~np.isnan(times) & ~zoned(texts)
        rows, every = int(texts.counts[without].sum()), len(texts.indices)
        where = f"{rows:,} of {every:,} cells of {short(name)}"
        message = f"{where} have no time zone, unlike the others, and are read as UTC"
        yield note("Repaired", message, name, texts.first(without))
