"""Encodes columns of categories: a code for each level seen in training, one for all others, one for missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column, Source
from automl_model.encoding.column_encoder import ColumnEncoder
from automl_model.encoding.errors import SchemaError, cell
from automl_model.encoding.levels import by_meaning, meaning
from automl_model.encoding.literals import MISSING
from automl_model.encoding.reading import Notes, say
from automl_model.encoding.texts import Texts
from automl_model.features import FIRST_LEVEL_CODE, MISSING_CODE, UNSEEN_CODE


@dataclass(frozen=True)
class CategoricalEncoder(ColumnEncoder):
    """levels: the texts of training, trimmed; the first one has the code FIRST_LEVEL_CODE."""

    kind: ClassVar[Literal["categorical"]] = "categorical"
    output: ClassVar[Literal["codes"]] = "codes"
    name: str
    levels: tuple[str, ...]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "CategoricalEncoder":
        """The encoder that `state` describes. Raises ValueError for levels that are not texts."""
        levels = state["levels"]
        if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
            raise ValueError("the levels are not a list of texts")
        return cls(state["name"], tuple(levels))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name, "levels": list(self.levels)}

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """The greatest code of its one feature, plus one."""
        return (FIRST_LEVEL_CODE + len(self.levels),)

    def encode(self, column: Column, notes: Notes) -> list[NDArray[np.int32]]:
        """One array of codes. Typed numbers and booleans match the levels that spell them.

        Raises SchemaError for times and lists.
        """
        if column.source in ("time", "other") and not column.empty:
            raise SchemaError(
                f'column "{self.name}" holds dates or lists where the model was trained on categories; turn it into text'
            )
        texts = column.spelled
        codes = self.codes_of_uniques(texts, column)
        if "" in self.levels and (texts.missing & texts.among(("",)) & (texts.counts > 0)).any():
            say(notes, self.name, "empty cells are read as missing, though an empty text was a value in training")
        words = (texts.counts > 0) & (codes == UNSEEN_CODE) & texts.among(MISSING)
        if words.any():
            message = (
                f"cells like {cell(texts.first(words))} are read as an unseen value, because this format marks missing"
                " values itself; set data.missingValues in training if they are missing"
            )
            say(notes, self.name, message, without_value=True)
        self._say_unseen(texts, codes, column, notes)
        return [texts.spread(codes, MISSING_CODE)]

    def codes_of_uniques(self, texts: Texts, column: Column) -> NDArray[np.int32]:
        """The code of each unique text. A level keeps its code even if its text means missing, unless it is empty."""
        places = pc.index_in(texts.uniques, pa.array(self.levels, pa.string()))
        codes = np.asarray(places.fill_null(UNSEEN_CODE - FIRST_LEVEL_CODE), np.int32) + FIRST_LEVEL_CODE
        nothing = texts.missing & ((codes == UNSEEN_CODE) | texts.among(("",)))
        codes = np.where(nothing, np.int32(MISSING_CODE), codes)
        unseen = np.flatnonzero((codes == UNSEEN_CODE) & (texts.counts > 0))
        if len(unseen) and (alike := self._alike(column.source)):
            found = [
                alike.get(meaning(str(name), column.source), []) for name in texts.uniques.take(unseen).to_pylist()
            ]
            codes[unseen] = [FIRST_LEVEL_CODE + places[0] if len(places) == 1 else UNSEEN_CODE for places in found]
        return codes.astype(np.int32)

    @cached_property
    def _found(self) -> dict[Source, dict[str, list[int]]]:
        """The cached results of `_alike`, by source."""
        return {}

    def _alike(self, source: Source) -> dict[str, list[int]]:
        """The places of the levels, by their meaning to cells of a source."""
        if source not in self._found:
            self._found[source] = by_meaning(self.levels, source) if source not in ("time", "other") else {}
        return self._found[source]

    def _say_unseen(self, texts: Texts, codes: NDArray[np.int32], column: Column, notes: Notes) -> None:
        """Add notes if no value was seen in training, or if typed values match no text of training, or several."""
        there = (texts.counts > 0) & (codes != MISSING_CODE)
        unseen = there & (codes == UNSEEN_CODE)
        if column.source != "text":
            self._say_several(texts, there, column.source, notes)
        if not unseen.any() or not self.levels:
            return
        first = cell(texts.first(unseen))
        if np.array_equal(unseen, there):
            say(notes, self.name, f"no value was seen in training, for example {first}", without_value=True)
        elif column.source != "text" and (strange := self._strange(column.source)) is not None:
            message = f"the {column.source} {first} was not seen in training, which had texts like {cell(strange)}"
            say(notes, self.name, message, without_value=True)

    def _strange(self, source: Source) -> str | None:
        """The first level without a meaning for cells of a source; None if there is none."""
        known = {place for places in self._alike(source).values() for place in places}
        return next((level for place, level in enumerate(self.levels) if place not in known), None)

    def _say_several(self, texts: Texts, there: NDArray[np.bool_], source: Source, notes: Notes) -> None:
        several = {key: places for key, places in self._alike(source).items() if len(places) > 1}
        names = texts.uniques.filter(pa.array(there)).to_pylist() if several else []
        found = next((name for name in names if meaning(name, source) in several), None)
        if found is not None:
            first, second = (cell(self.levels[place]) for place in several[meaning(found, source)][:2])
            message = f"{source}s like {cell(found)} match several values of training, such as {first} and {second}"
            say(notes, self.name, f"{message}; give the column as text")
