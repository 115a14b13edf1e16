"""What is to be said about a target: rows without one, words read as missing, stray cells, how numbers are written."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, guessed, undecided
from automl_model.encoding.texts import Texts
from automl_runner.prepare.notes import note, short, undecided_points, undecided_thousands
from automl_runner.prepare.numbers import Numbers
from automl_runner.prepared import DataNote


def about_rows(present: NDArray[np.bool_], column: Column, target: str) -> Iterator[DataNote]:
    """Rows that are left out, and the word or the stray cell that made them so."""
    dropped = len(column) - int(present.sum())
    if not dropped:
        return
    message = f"{dropped:,} of {len(column):,} rows have no value in the target {short(target)} and are left out"
    infinite = int(np.isinf(column.values).sum())
    if infinite:
        message += f"; in {infinite:,} it is infinite"
    texts = column.texts
    if texts is None:
        yield note("MissingTarget", message, target)
        return
    read = np.zeros(len(texts.uniques), np.bool_)
    read[texts.indices[~present & (texts.indices >= 0)]] = True
    read &= ~texts.among(("",))
    first = texts.first(read) if read.any() else ""
    if first:
        message += f"; {int(texts.counts[read].sum()):,} hold something that is read as missing"
    yield note("MissingTarget", message, target, first)


def about_labels(column: Column, numbers: Numbers | None, target: str) -> Iterator[DataNote]:
    """Labels that differ in nothing but the spaces around them, those that are stray, and what no labels are made of."""
    yield from about_durations(column, target)
    if column.texts and numbers is not None and numbers.odd is not None:
        stray = numbers.odd & ~column.texts.placeholder
        if stray.any():
            rows = int(column.texts.counts[stray].sum())
            message = f"the target {short(target)} holds numbers; {rows:,} cells are none, and are classes of their own"
            yield note("MixedTypes", message, target, column.texts.first(stray))
    if column.texts and column.texts.merged:
        yield note(
            "Repaired",
            f"the target {short(target)} has classes that differ in nothing but spaces, now the same",
            target,
        )


def came_as_no_texts(texts: Texts, target: str) -> DataNote:
    """Labels as bytes, numbers beside texts and intervals, which predictions give as texts."""
    message = f"the target {short(target)} has labels of another type than text, which come back as texts"
    return note("Repaired", message, target, texts.first((texts.counts > 0) & ~texts.missing))


def about_durations(column: Column, target: str) -> Iterator[DataNote]:
    """Durations and times of day, whose type predictions do not have."""
    if column.exact is None and column.texts is None:
        yield note("Repaired", f"the target {short(target)} holds durations or times, read as seconds", target)


def about_numbers(column: Column, numbers: Numbers, target: str, *, text_source: bool) -> Iterator[DataNote]:
    """How the numbers of a regression are written, and whether float64 holds them."""
    yield from about_durations(column, target)
    if numbers.notation != PLAIN:
        yield note("Repaired", f"the target {short(target)} is read as numbers with {numbers.notation}", target)
    elif column.texts and not text_source:
        yield note("Repaired", f"the target {short(target)} holds numbers as texts and is read as numbers", target)
    if column.texts and undecided(column.texts, numbers.notation):
        yield undecided_thousands(target)
    if column.texts and guessed(column.texts, numbers.notation):
        yield undecided_points(target)
    if numbers.integers is not None and _rounded(numbers):
        yield note("Repaired", f"the target {short(target)} has numbers beyond 2**53, which are rounded", target)


def _rounded(numbers: Numbers) -> bool:
    assert numbers.integers is not None
    there = np.isfinite(numbers.values)
    return bool((np.abs(numbers.values[there]) > 2.0**53).any())
