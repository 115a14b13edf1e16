"""Profiles show the user what each column was read as and why, in prepared data and in the model."""

from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model

ProfileKind = Literal["numeric", "categorical", "boolean", "datetime", "text", "ignored"]
MOST_CELLS = 5
MOST_CHARACTERS = 80


class ColumnProfile(Model):
    """A column before encoding. Its cells stay in the store and are never sent to the API server."""

    name: str
    """The column's name."""
    kind: ProfileKind
    """The kind that it is read as; an `ignored` column is left out."""
    reason: str
    """The reason for the kind, in a sentence."""
    examples: Annotated[tuple[str, ...], Field(max_length=MOST_CELLS)] = ()
    """Some of its cells, as text."""
    missing: int = 0
    """Rows without a value."""
    odd: Annotated[tuple[str, ...], Field(max_length=MOST_CELLS)] = ()
    """Cells that are not of its kind and are read as missing, as text."""
    odd_count: int = 0
    """Rows with such a cell."""
