"""Notes on new rows in which some cells were not read as written."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column, Source
from automl_model.encoding.errors import SchemaError, cell, wrong_kind
from automl_model.encoding.texts import Texts


@dataclass(frozen=True)
class ReadingNote:
    """A note on a column of new rows; the message names a cell, and says how it was read.

    without_value: the cells are missing or have no known value; otherwise the note is about how cells are read.
    """

    column: str
    message: str
    without_value: bool = False


Notes = list[ReadingNote]


def say(notes: Notes, column: str, message: str, *, without_value: bool = False) -> None:
    """Add a note about a column."""
    notes.append(ReadingNote(column, f'column "{column}": {message}', without_value))


def check_source(name: str, expected: str, column: Column, sources: tuple[Source, ...]) -> None:
    """Raise SchemaError for a column of a type that the model cannot read."""
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
    """The value of each row's text. Unreadable texts are missing, and a note names the first.

    kept: texts that count as read although they have no value. Raises SchemaError if most cells cannot be read.
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
                f'column "{name}": {rows:,} of {every:,} cells are not {expected} as in training; the first is'
                f" {cell(texts.first(unread))}; write them as in the training data"
            )
        say(
            notes,
            name,
            f"{rows:,} of {every:,} cells are not {expected} and are read as missing; the first is"
            f" {cell(texts.first(unread))}",
            without_value=True,
        )
    odd = texts.placeholder & ~texts.missing & (texts.counts > 0)
    if odd.any():
        rows = int(texts.counts[odd].sum())
        say(notes, name, f"{rows:,} cells like {cell(texts.first(odd))} are read as missing", without_value=True)
    return texts.spread(np.where(texts.missing, np.nan, values), np.nan)
