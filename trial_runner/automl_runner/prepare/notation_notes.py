"""Notes on numbers that are not all written alike, or are written in an ambiguous way."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.notation import Notation, decimal_points, guessed, lacking_unit, undecided
from automl_model.encoding.texts import Texts
from automl_runner.prepare.notes import note, short
from automl_runner.prepared import DataNote


def about_notation(name: str, texts: Texts, notation: Notation, numbers: NDArray[np.float64]) -> Iterator[DataNote]:
    """Notes on a column whose texts are read in a notation. `numbers`: the number of each unique text."""
    if undecided(texts, notation):
        yield _undecided_thousands(name)
    if guessed(texts, notation):
        yield _undecided_points(name)
    bare, points = lacking_unit(texts, notation, numbers), decimal_points(texts, notation)
    if bare.any():
        yield _some(name, texts, bare, f"have no {notation.unit}, and are read as if they had it")
    if points.any():
        yield _some(name, texts, points, "have a point where others have a comma, which is read as a decimal point")


def _some(name: str, texts: Texts, which: NDArray[np.bool_], what: str) -> DataNote:
    rows, every = int(texts.counts[which].sum()), len(texts.indices)
    return note("Repaired", f"{rows:,} of {every:,} cells of {short(name)} {what}", name, texts.first(which))


def _undecided_thousands(name: str) -> DataNote:
    """The note on numbers like "1,234", where no cell decides."""
    message = (
        f'{short(name)} holds numbers like "1,234", whose comma may separate thousands or decimals, and none of them'
        " decides; it is read as 1234: write 1.234 if that is wrong"
    )
    return note("Repaired", message, name)


def _undecided_points(name: str) -> DataNote:
    """The note on numbers like 980 beside 1.234."""
    message = (
        f"{short(name)} holds numbers whose points are read as separators of thousands, because others have no"
        " decimals; write all of them with the same number of decimals if that is wrong"
    )
    return note("Repaired", message, name)
