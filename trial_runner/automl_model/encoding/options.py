"""Options for reading a table: the user's choices, and the texts that its format uses for missing values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from automl_model.encoding.literals import MISSING

GivenKind = Literal["numeric", "categorical", "boolean", "datetime", "text", "ignore"]
"""The kinds that a user may give to a column."""


@dataclass(frozen=True)
class ReadingOptions:
    """columns: the kinds that the user gives. missing: the user's words for a missing value; None for the usual ones.

    text_source: the format has only texts, like csv; other formats mark missing values themselves.
    """

    columns: Mapping[str, GivenKind] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    text_source: bool = False
    categories: frozenset[str] = frozenset()
    """Columns that the source itself calls categories although their type does not show it."""
    spelled: frozenset[str] = frozenset()
    """Columns that are texts here but were something else in the source."""

    @property
    def missing_texts(self) -> tuple[str, ...]:
        """The texts that are missing values in every column: the user's, or the usual ones of text formats."""
        return missing_texts(self.missing, text_source=self.text_source)


TYPED = ReadingOptions()
"""The options for a source with types, without any choice of the user."""


def missing_texts(given: tuple[str, ...] | None, *, text_source: bool) -> tuple[str, ...]:
    """See `ReadingOptions.missing_texts`; trimmed, as cells are. An empty cell of a text format is always missing."""
    if given is None:
        return MISSING if text_source else ()
    words = [word.strip() for word in given]
    return tuple(dict.fromkeys([*words, ""] if text_source else words))
