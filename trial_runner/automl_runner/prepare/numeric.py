"""Gives numbers an origin and a unit so that float32 tells them apart, or adds a note that it cannot."""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.dates import MICROSECONDS_A_DAY
from automl_model.encoding.numeric import NumericEncoder
from automl_model.encoding.placement import Placement, place
from automl_runner.prepare.notation_notes import about_notation
from automl_runner.prepare.notes import leave_out, note, odd_cells, short
from automl_runner.prepare.numbers import Numbers
from automl_runner.prepare.spelling_notes import about_spelling
from automl_runner.prepared import DataNote


def numeric(name: str, numbers: Numbers) -> tuple[NumericEncoder, list[DataNote]]:
    """The encoder of numbers, and the notes on them."""
    finite = np.isfinite(numbers.values)
    every = bool(finite.all())
    integers = numbers.integers if numbers.integers is None or every else numbers.integers[finite]
    found = place(numbers.values if every else numbers.values[finite], integers)
    warnings = list(_about_texts(name, numbers))
    if found.blurred:
        warnings.append(_blurred(name, found))
    if infinite := int(np.isinf(numbers.values).sum()):
        message = f"{short(name)} holds {infinite:,} infinite values, read as missing; mend them, or {leave_out(name)}"
        warnings.append(note("Infinite", message, name))
    return NumericEncoder(name, numbers.notation, found.origin, found.scale, numbers.whole), warnings


def dates_at_their_place(name: str, times: NDArray[np.float64]) -> tuple[int, tuple[DataNote, ...]]:
    """The day to count from, and a note where float32 cannot tell the times apart."""
    days = times[np.isfinite(times)] / MICROSECONDS_A_DAY
    if not len(days):
        return 0, ()
    distinct = np.unique(days)
    whole = bool((distinct == np.floor(distinct)).all())
    near = not whole and float(distinct[-1] - distinct[0]) < abs(float(distinct[0]))
    origin = int(np.floor(distinct[0])) if near else 0
    stored = np.unique((distinct - origin).astype(np.float32))
    found = Placement(float(origin), 1.0, len(distinct), len(distinct) - len(stored))
    return origin, ((_blurred(name, found, "times"),) if found.blurred else ())


def _blurred(name: str, found: Placement, what: str = "numbers") -> DataNote:
    remedy = "if they are keys, say that the column is categorical or leave it out"
    if what == "times":
        remedy = f"if that matters, give the time since the first one as a number, or {leave_out(name)}"
    message = (
        f"{found.lost:,} of {found.distinct:,} different {what} in {short(name)} cannot be told apart from a neighbour,"
        f" because features have 24 bits; {remedy}"
    )
    return note("Repaired", message, name)


def _about_texts(name: str, numbers: Numbers) -> tuple[DataNote, ...]:
    """Notes on numbers that were read from texts."""
    texts, odd = numbers.texts, numbers.odd
    if texts is None or odd is None or numbers.of_uniques is None:
        return ()
    notes = [*about_notation(name, texts, numbers.notation, numbers.of_uniques), *about_spelling(name, numbers)]
    return (*notes, *odd_cells(name, texts, odd))
