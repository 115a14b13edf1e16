"""Notes on a column that is read as texts although many of its cells are numbers, times or dates."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.notation import PLAIN, notation_of, read_numbers
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import read_times, time_format
from automl_runner.prepare.notes import note
from automl_runner.prepared import DataNote

HALF = 0.5
"""The smallest share of dates, or of cells in one notation, for a note. Plain numbers have no such limit."""


def about_mixed(name: str, where: str, kind: str, texts: Texts, remedy: str, least: float = HALF) -> Iterator[DataNote]:
    """A note with a cell of each kind, if at least the share `least` is of one kind. All are read as `kind`."""
    what, read = _of_one_kind(texts)
    other = texts.there & ~read
    if not read.any() or not other.any() or texts.share(read) < least:
        return
    rows, every = int(texts.counts[read].sum()), int(texts.counts[texts.there].sum())
    message = (
        f"{where} mixes {what} ({rows:,} of {every:,} rows) with cells that are not written like them, and is read as"
        f" {kind}; {remedy}"
    )
    yield note("MixedTypes", message, name, f"{texts.first(read)} and {texts.first(other)}")


def _of_one_kind(texts: Texts) -> tuple[str, NDArray[np.bool_]]:
    """The kind of at least half of the cells, and a mask of these cells; else the plain numbers."""
    if notation := notation_of(texts, HALF):
        what = "numbers" if notation == PLAIN else "times of day" if notation.clock else f"numbers with {notation}"
        return what, texts.there & ~np.isnan(read_numbers(texts, notation))
    if (found := time_format(texts, 0.0)) and texts.share(days := _read(texts, found)) >= HALF:
        return "dates", days
    return "numbers", texts.there & texts.is_number


def _read(texts: Texts, found: str) -> NDArray[np.bool_]:
    return np.asarray(texts.there & ~np.isnan(read_times(texts, found)), np.bool_)
