"""Notes on a target: rows without one, words read as missing, stray cells, and the notation of numbers."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN
from automl_model.encoding.texts import Texts
from automl_model.encoding.times import ISO, parse
from automl_model.exact import EXACT
from automl_runner.prepare.mixed_notes import about_mixed
from automl_runner.prepare.notation_notes import about_notation
from automl_runner.prepare.notes import note, short
from automl_runner.prepare.numbers import Numbers
from automl_runner.prepare.spelling_notes import about_spelling, taken_for_codes
from automl_runner.prepared import DataNote


def about_rows(present: NDArray[np.bool_], column: Column, target: str) -> Iterator[DataNote]:
    """A note on rows that are left out, with a word or stray cell that is the cause."""
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
    """Notes on durations, on stray cells, and on labels that differ only in the spaces around them."""
    yield from about_durations(column, target)
    if column.texts and numbers is not None and numbers.odd is not None:
        stray = numbers.odd & ~column.texts.placeholder
        if stray.any():
            rows = int(column.texts.counts[stray].sum())
            message = (
                f"the target {short(target)} holds numbers; {rows:,} cells are not numbers, and are classes of their"
                " own"
            )
            yield note("MixedTypes", message, target, column.texts.first(stray))
    if column.texts and column.texts.merged:
        yield note(
            "Repaired",
            f"the target {short(target)} has classes that differ only in the spaces around them, and are read as the"
            " same",
            target,
        )


def about_texts(texts: Texts, numbers: Numbers | None, target: str) -> Iterator[DataNote]:
    """Notes on labels that are nearly numbers or dates. `numbers`: the labels as numbers, if that is possible."""
    where = f"the target {short(target)}"
    if numbers is None:
        yield from about_mixed(target, where, "classes", texts, "write all of them alike")
    elif numbers.like_codes:
        yield taken_for_codes(target, where, "classes", numbers)


def came_as_no_texts(texts: Texts, target: str) -> DataNote:
    """The note on bytes, intervals, and numbers beside texts as labels: predictions give them as texts."""
    message = f"the target {short(target)} has labels of another type than text, and predictions give them as texts"
    there = (texts.counts > 0) & ~texts.missing
    other = there & (
        texts.is_number | texts.among(("true", "false"), any_case=True) | ~np.isnan(parse(texts.uniques, ISO))
    )
    return note("Repaired", message, target, texts.first(other if other.any() else there))


def about_durations(column: Column, target: str) -> Iterator[DataNote]:
    """A note on durations and times of day: predictions do not have their type."""
    if column.exact is None and column.texts is None:
        yield note(
            "Repaired", f"the target {short(target)} holds durations or times, which are read as seconds", target
        )


def about_numbers(column: Column, numbers: Numbers, target: str, *, text_source: bool) -> Iterator[DataNote]:
    """Notes on the notation of the numbers of a regression, and on numbers that float64 rounds."""
    yield from about_durations(column, target)
    if numbers.notation != PLAIN:
        yield note("Repaired", f"the target {short(target)} is read as numbers with {numbers.notation}", target)
    elif column.texts and not text_source:
        yield note("Repaired", f"the target {short(target)} holds numbers as texts and is read as numbers", target)
    if column.texts and numbers.of_uniques is not None:
        yield from about_notation(target, column.texts, numbers.notation, numbers.of_uniques)
    yield from about_spelling(target, numbers)
    if numbers.integers is not None and _rounded(numbers):
        yield note("Repaired", f"the target {short(target)} has numbers beyond 2**53, which are rounded", target)


def _rounded(numbers: Numbers) -> bool:
    assert numbers.integers is not None
    there = np.isfinite(numbers.values)
    return bool((np.abs(numbers.values[there]) > EXACT).any())
