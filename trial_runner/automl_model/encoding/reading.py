"""What is to be said of new rows that were read, but not all as they stand."""

from dataclasses import dataclass

_MOST_CHARACTERS = 80


@dataclass(frozen=True)
class ReadingNote:
    """A sentence about a column of new rows; it names a cell and what was done."""

    column: str
    message: str


def cell(text: object) -> str:
    """A cell in quotes, cut where it is long."""
    whole = str(text)
    return f'"{whole}"' if len(whole) <= _MOST_CHARACTERS else f'"{whole[: _MOST_CHARACTERS - 3]}..."'
