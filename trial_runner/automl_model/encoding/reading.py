"""What is to be said of new rows that were read, but not all as they stand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column, Source
from automl_model.encoding.errors import SchemaError, cell, wrong_kind
from automl_model.encoding.texts import Texts


@dataclass(frozen=True)
class ReadingNote:
    """A sentence about a column of new rows; it names a cell and what was done.

    `without_value`: whether it is of cells that are missing or of no known value, and not of how others are read.
    """

    column: str
    message: str
    without_value: bool = False


Notes = list[ReadingNote]


def say(notes: Notes, column: str, message: str, *, without_value: bool = False) -> None:
    """Add a note about a column."""
    notes.append(ReadingNote(column, f'column "{column}": {message}', without_value))


def check_source(name: str, expected: str, column: Column, sources: tuple[Source, ...]) -> None:
    """Raises SchemaError for a column of another type than the model can read."""
    if column.source not in sources and not column.empty:
        raise wrong_kind(name, expected)


def rows_of(
    name: str,
    expected: str,
    texts: Texts,
    values: NDArray[np.float64],
    notes: Notes,
    kept: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """For each row the value of its text. What cannot be read is missing, and a note names it.

    `kept`: texts that are read, though they have no value. Raises SchemaError where most of the cells cannot be read.
    """
    unread = texts.there & np.isnan(values)
    if kept is not None:
        unread &= ~kept
    if unread.any():
        rows, every = int(texts.counts[unread].sum()), int(texts.counts[texts.there].sum())
        if rows == every:
            raise wrong_kind(name, expected, texts.first(unread))
        if rows * 2 > every:
            raise SchemaError(
                f'column "{name}": {rows:,} of {every:,} cells are no {expected} as in training, the first is'
                f" {cell(texts.first(unread))}; write them as in the training data"
            )
        say(
            notes,
            name,
            f"{rows:,} of {every:,} cells are no {expected} and are missing, the first is {cell(texts.first(unread))}",
            without_value=True,
        )
    odd = texts.placeholder & ~texts.missing & (texts.counts > 0)
    if odd.any():
        rows = int(texts.counts[odd].sum())
        say(notes, name, f"{rows:,} cells like {cell(texts.first(odd))} are read as missing", without_value=True)
    return texts.spread(np.where(texts.missing, np.nan, values), np.nan)
