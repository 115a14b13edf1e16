"""Columns of categories: a code for each level seen in training, one for all others, one for missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.errors import SchemaError
from automl_model.encoding.spellings import FALSE, TRUE
from automl_model.encoding.texts import Texts
from automl_model.features import FIRST_LEVEL_CODE, MISSING_CODE, UNSEEN_CODE


@dataclass(frozen=True)
class CategoricalEncoder:
    """`levels`: texts as in training, trimmed, the first one with code FIRST_LEVEL_CODE."""

    kind: ClassVar[Literal["categorical"]] = "categorical"
    name: str
    levels: tuple[str, ...]

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "CategoricalEncoder":
        """Read back what `state` said."""
        return cls(state["name"], tuple(state["levels"]))

    def state(self) -> dict[str, Any]:
        """The encoder as JSON."""
        return {"name": self.name, "levels": list(self.levels)}

    @property
    def cardinality(self) -> int:
        """One more than the greatest code."""
        return FIRST_LEVEL_CODE + len(self.levels)

    def encode(self, column: Column) -> NDArray[np.int32]:
        """Codes. Typed numbers and booleans match the levels that spell them. Raises SchemaError for times and lists."""
        if column.texts:
            return column.texts.spread(self.codes_of_uniques(column.texts), MISSING_CODE)
        if column.source in ("time", "other") and not column.empty:
            raise SchemaError(
                f'column "{self.name}" holds dates or lists where the model was trained on categories; turn it into text'
            )
        if column.source == "boolean":
            return _looked_up(column.values, self._codes_by_truth)
        return self.codes_of_numbers(column.values)

    def codes_of_numbers(self, values: NDArray[np.float64]) -> NDArray[np.int32]:
        """For each number the code of the level that spells it."""
        return _looked_up(values, self._codes_by_number)

    def codes_of_uniques(self, texts: Texts) -> NDArray[np.int32]:
        """For each unique text its code."""
        places = pc.index_in(texts.uniques, pa.array(self.levels, pa.string()))
        codes = np.asarray(places.fill_null(UNSEEN_CODE - FIRST_LEVEL_CODE), np.int32) + FIRST_LEVEL_CODE
        return np.where(texts.missing, np.int32(MISSING_CODE), codes).astype(np.int32)

    @cached_property
    def _codes_by_number(self) -> dict[float, int]:
        """A frame may hold as numbers what was text in a file of mixed cells: 1.0 is the level "1"."""
        numbers = Texts.of(pa.array(self.levels, pa.string())).numbers
        pairs = [
            (float(number), FIRST_LEVEL_CODE + place) for place, number in enumerate(numbers) if not np.isnan(number)
        ]
        return dict(reversed(pairs))

    @cached_property
    def _codes_by_truth(self) -> dict[float, int]:
        spelled = [
            (1.0 if level.lower() in TRUE else 0.0, level.lower(), place) for place, level in enumerate(self.levels)
        ]
        return {truth: FIRST_LEVEL_CODE + place for truth, level, place in spelled if level in TRUE + FALSE}


def _looked_up(values: NDArray[np.float64], codes_by_value: dict[float, int]) -> NDArray[np.int32]:
    uniques, inverse = np.unique(values, return_inverse=True)
    codes = np.asarray([codes_by_value.get(float(value), UNSEEN_CODE) for value in uniques], np.int32)
    return np.where(np.isnan(values), np.int32(MISSING_CODE), codes[inverse]).astype(np.int32)
