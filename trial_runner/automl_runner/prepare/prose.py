"""Tells columns of texts from columns of categories, by the words of a cell and by how many cells differ.

A word ends at a space; two letters of a script without spaces count as one word.
"""

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.text import TextEncoder, too_long
from automl_model.encoding.texts import Texts
from automl_model.terms.characters import END, SPACE, UNSPACED, characters_of
from automl_model.text_column import MOST_CHARACTERS
from automl_runner.prepare.column_kind import ColumnKind
from automl_runner.prepare.notes import note, short

_FEWEST_WORDS = 5.0
_FEWEST_DISTINCT = 0.5
_SAMPLE = 1_000
_JUDGED_CHARACTERS = 1_000


def why_prose(texts: Texts, present: NDArray[np.int64]) -> str:
    """The reason to read a column as text; empty if it is none. present: the rows of each unique text."""
    distinct = np.flatnonzero(present)
    share = len(distinct) / max(1, present.sum())
    if share < _FEWEST_DISTINCT:
        return ""
    sample = texts.uniques.take(distinct[:: 1 + len(distinct) // _SAMPLE]).to_pylist()
    words = _token_count([text[:_JUDGED_CHARACTERS] for text in sample]) / len(sample)
    if words < _FEWEST_WORDS:
        return ""
    return f"its cells are texts of {words:.0f} words on average, and {share:.0%} of them differ"


def text_kind(name: str, texts: Texts, reason: str) -> ColumnKind:
    """A column of texts, with a note if some are cut."""
    kind = ColumnKind(TextEncoder(name), f"{reason}; the learner text_linear reads it, and others its components")
    cut = too_long(texts)
    if not cut.any():
        return kind
    message = (
        f"{short(name)} has {int(texts.counts[cut].sum()):,} cells of more than {MOST_CHARACTERS:,} characters; only"
        " their beginning is read"
    )
    return kind.saying(note("Repaired", message, name, texts.first(cut)))


def _token_count(texts: list[str]) -> float:
    characters = characters_of(texts)
    spaces = (characters.classes == SPACE) | (characters.classes == END)
    begins = spaces[:-1] & ~spaces[1:]
    unspaced = (characters.classes == UNSPACED) & ~characters.marks
    return float(begins.sum() + unspaced.sum() / 2)
