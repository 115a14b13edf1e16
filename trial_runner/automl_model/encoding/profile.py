"""What each column was taken for and why: for the user to look at, in prepared data and in the model."""

from typing import Annotated, Literal

from pydantic import Field

from automl_api.base import Model

ProfileKind = Literal["numeric", "categorical", "boolean", "datetime", "text", "ignored"]
MOST_CELLS = 5
MOST_CHARACTERS = 80


class ColumnProfile(Model):
    """A column as it came, before it was encoded. Its cells stay in the store: they are never sent to the API server."""

    name: str
    """The column's name."""
    kind: ProfileKind
    """What it is read as; `ignored` is left out."""
    reason: str
    """Why, in a sentence."""
    examples: Annotated[tuple[str, ...], Field(max_length=MOST_CELLS)] = ()
    """Some of its cells, as text."""
    missing: int = 0
    """Rows without a value."""
    odd: Annotated[tuple[str, ...], Field(max_length=MOST_CELLS)] = ()
    """Cells that are not of its kind and are read as missing, as text."""
    odd_count: int = 0
    """Rows with such a cell."""
