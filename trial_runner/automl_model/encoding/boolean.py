"""Encodes columns of booleans, which are typed, or spelled by the two words of a pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.errors import cell, wrong_kind
from automl_model.encoding.literals import FALSE, PAIRS, TRUE
from automl_model.encoding.reading import Notes, check_source, rows_of, say
from automl_model.encoding.texts import Texts


@dataclass(frozen=True)
class BooleanEncoder(ColumnEncoder):
    """Booleans as 0 and 1.

    words: the pairs that spelled them in training, each with its true word first; empty for typed booleans and digits.
    """

    kind: ClassVar[Literal["boolean"]] = "boolean"
    name: str
    words: tuple[str, ...] = ()

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "BooleanEncoder":
        """The encoder that `state` describes. Raises ValueError for words that are not pairs."""
        words = tuple(state.get("words", ()))
        pairs = [words[place : place + 2] for place in range(0, len(words), 2)]
        if len(pairs) > len(PAIRS) or any(pair not in PAIRS for pair in pairs):
            raise ValueError(f"{words!r:.40} are not words for true and false")
        return cls(state["name"], words)

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name, **({"words": list(self.words)} if self.words else {})}

    def encode(self, column: Column, notes: Notes) -> list[NDArray[np.float32]]:
        """One array. Raises SchemaError if most values cannot be read as booleans."""
        check_source(self.name, "booleans", column, ("text", "number", "boolean"))
        if column.texts:
            truth = truths(column.texts)
            self._note_other_values(column.texts, notes)
            return [rows_of(self.name, "booleans", column.texts, truth, notes).astype(np.float32)]
        readable = (column.values == 0) | (column.values == 1)
        other = ~readable & ~np.isnan(column.values)
        if other.any():
            first = column.values[int(np.flatnonzero(other)[0])]
            if not readable.any():
                raise wrong_kind(self.name, "booleans", f"{first:g}")
            say(
                notes,
                self.name,
                f"{int(other.sum()):,} numbers are not booleans and are read as missing; the first is {first:g}",
            )
        return [np.where(readable, column.values, np.nan).astype(np.float32)]

    def _note_other_values(self, texts: Texts, notes: Notes) -> None:
        """Add a note on words that training did not have; their meaning is certain, too."""
        others = texts.there & texts.among(TRUE + FALSE, any_case=True)
        others &= ~texts.among(self.words or PAIRS[0], any_case=True)
        if others.any():
            true, false = self.words if self.words in PAIRS else PAIRS[0]
            first = cell(texts.first(others))
            say(notes, self.name, f"words like {first} are read as {true} and {false}, unlike in training")


def truths(texts: Texts) -> NDArray[np.float64]:
    """For each unique text, 1 for a true word or the digit 1, 0 for a false word or the digit 0, else NaN."""
    numbers = texts.numbers.copy()
    numbers[texts.among(TRUE, any_case=True)] = 1
    numbers[texts.among(FALSE, any_case=True)] = 0
    numbers[(numbers != 0) & (numbers != 1)] = np.nan
    return numbers


def pair_of(texts: Texts) -> tuple[str, str] | None:
    """The pair of words that spells all values, in any case, if both words occur; else None."""
    if not 2 <= int(texts.there.sum()) <= 6:
        return None
    found = {str(text).lower() for text in texts.uniques.filter(texts.there).to_pylist()}
    return next((pair for pair in PAIRS if found == set(pair)), None)


def pairs_in(texts: Texts) -> tuple[str, ...]:
    """The words of all pairs of which at least one word occurs, in any case."""
    return tuple(word for pair in PAIRS if (texts.there & texts.among(pair, any_case=True)).any() for word in pair)
