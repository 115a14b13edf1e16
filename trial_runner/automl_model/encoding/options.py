"""How a table is to be read: what its user says of it, and what its format means by a word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from automl_model.encoding.literals import MISSING

GivenKind = Literal["numeric", "categorical", "boolean", "datetime", "ignore"]
"""What a user may say that a column is."""


@dataclass(frozen=True)
class ReadingOptions:
    """`columns`: kinds that the user gives; `missing`: the user's words for a missing value, None for the usual ones.

    `text_source`: whether the format has nothing but texts, as csv; others mark missing values themselves.
    """

    columns: Mapping[str, GivenKind] = field(default_factory=dict)
    missing: tuple[str, ...] | None = None
    text_source: bool = False
    categories: frozenset[str] = frozenset()
    """Columns that the source itself calls categories, where their type does not tell."""
    spelled: frozenset[str] = frozenset()
    """Columns that are texts here and were something else in the source."""

    @property
    def missing_texts(self) -> tuple[str, ...]:
        """The texts that are a missing value in every column: the user's, or else the usual ones where all is text."""
        return missing_texts(self.missing, text_source=self.text_source)


TYPED = ReadingOptions()
"""A source with types, of which its user says nothing."""


def missing_texts(given: tuple[str, ...] | None, *, text_source: bool) -> tuple[str, ...]:
    """The words of `ReadingOptions.missing_texts`, trimmed as cells are. An empty cell of a text format is always missing."""
    if given is None:
        return MISSING if text_source else ()
    words = [word.strip() for word in given]
    return tuple(dict.fromkeys([*words, ""] if text_source else words))
