"""Columns of categories: a code for each level seen in training, one for all others, one for missing."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.errors import SchemaError, cell
from automl_model.encoding.reading import Notes, say
from automl_model.encoding.spellings import FALSE, MISSING, TRUE
from automl_model.encoding.texts import Texts
from automl_model.features import FIRST_LEVEL_CODE, MISSING_CODE, UNSEEN_CODE

_WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0)?", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class CategoricalEncoder:
    """`levels`: texts as in training, trimmed, the first one with code FIRST_LEVEL_CODE."""

    kind: ClassVar[Literal["categorical"]] = "categorical"
    name: str
    levels: tuple[str, ...]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "CategoricalEncoder":
        """Read back what `state` said. Raises ValueError for levels that are no texts."""
        levels = state["levels"]
        if not isinstance(levels, list) or not all(isinstance(level, str) for level in levels):
            raise ValueError("the levels are no list of texts")
        return cls(state["name"], tuple(levels))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name, "levels": list(self.levels)}

    @property
    def cardinality(self) -> int:
        """One more than the greatest code."""
        return FIRST_LEVEL_CODE + len(self.levels)

    def encode(self, column: Column, notes: Notes) -> NDArray[np.int32]:
        """Codes. Typed numbers and booleans match the levels that spell them. Raises SchemaError for times and lists."""
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
            said = f"cells like {cell(texts.first(words))} are a value never seen, for such tables mark missing ones"
            say(notes, self.name, f"{said} themselves; set data.missingValues in training if they are missing")
        there = (texts.counts > 0) & (codes != MISSING_CODE)
        if there.any() and (codes[there] == UNSEEN_CODE).all() and self.levels:
            say(notes, self.name, f"no value was there in training, for example {cell(texts.first(there))}")
        return texts.spread(codes, MISSING_CODE)

    def codes_of_uniques(self, texts: Texts, column: Column) -> NDArray[np.int32]:
        """For each unique its code. A level is one, also where its word is missing elsewhere, unless it is no word at all."""
        places = pc.index_in(texts.uniques, pa.array(self.levels, pa.string()))
        codes = np.asarray(places.fill_null(UNSEEN_CODE - FIRST_LEVEL_CODE), np.int32) + FIRST_LEVEL_CODE
        nothing = texts.missing & ((codes == UNSEEN_CODE) | texts.among(("",)))
        codes = np.where(nothing, np.int32(MISSING_CODE), codes)
        if column.source != "text" or self._whole:
            spelled_otherwise = self._by_truth if column.source == "boolean" else self._by_number
            unseen = np.flatnonzero((codes == UNSEEN_CODE) & (texts.counts > 0))
            names = texts.uniques.take(pa.array(unseen)).to_pylist()
            key = _whole_number if column.source == "text" else _number if column.source == "number" else str
            codes[unseen] = [spelled_otherwise.get(key(str(name)), UNSEEN_CODE) for name in names]
        return codes.astype(np.int32)

    @cached_property
    def _by_number(self) -> dict[str, int]:
        """A frame may hold as numbers what was text in a file: 1.0 is the level "1", and never the level "01"."""
        keys = [_number(level) for level in self.levels]
        seen = Counter(keys)
        return {key: FIRST_LEVEL_CODE + place for place, key in enumerate(keys) if key and seen[key] == 1}

    @cached_property
    def _whole(self) -> bool:
        """Whether the levels that are numbers are whole ones, so that "1.0" in a file means the level "1"."""
        numbers = [level for level in self.levels if _number(level)]
        return bool(numbers) and all(_whole_number(level) for level in numbers)

    @cached_property
    def _by_truth(self) -> dict[str, int]:
        spelled = [
            ("True" if level.lower() in TRUE else "False", level.lower(), place)
            for place, level in enumerate(self.levels)
        ]
        found = [(truth, FIRST_LEVEL_CODE + place) for truth, level, place in spelled if level in TRUE + FALSE]
        return {truth: code for truth, code in found if [one for one, _ in found].count(truth) == 1}


def _whole_number(text: str) -> str:
    """The digits of a whole number, as 1 for "1.0"; nothing for what is none or is written as codes are."""
    return text.removesuffix(".0") if _WHOLE.fullmatch(text) else ""


def _number(text: str) -> str:
    """One spelling for each number; nothing for what is none or is written as codes are, with leading zeros."""
    if whole := _whole_number(text):
        return whole
    return repr(float(text)).removesuffix(".0") if _NUMBER.fullmatch(text) else ""
