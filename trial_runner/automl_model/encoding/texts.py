"""A column of texts, looked at once per distinct text."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.spellings import MISSING, PLACEHOLDERS

Kind = TypeVar("Kind", bound=np.generic)
_NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$"


@dataclass(frozen=True)
class Texts:
    """`uniques`: trimmed texts, each once; `indices`: int32, for each row its text, -1 where the file has nothing."""

    uniques: pa.Array
    indices: NDArray[np.int32]

    @classmethod
    def of(cls, array: pa.Array) -> "Texts":
        """Texts of an arrow array of strings, plain or dictionary-encoded."""
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        trimmed = pc.utf8_trim_whitespace(filled(encoded.dictionary.cast(pa.string()), "")).dictionary_encode()
        places = np.append(np.asarray(trimmed.indices, dtype=np.int32), np.int32(-1))
        return cls(trimmed.dictionary, places[np.asarray(filled(encoded.indices, -1), dtype=np.int32)])

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """For each unique, whether it spells a missing value."""
        return self.among(MISSING)

    @cached_property
    def placeholder(self) -> NDArray[np.bool_]:
        """For each unique, whether it stands for a missing number or date."""
        return self.missing | self.among(PLACEHOLDERS, any_case=True)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """For each unique, the number that it is, or NaN."""
        try:
            return np.asarray(filled(pc.cast(self.uniques, pa.float64()), np.nan), dtype=np.float64)
        except pa.ArrowInvalid:
            readable = pc.if_else(self.is_number, self.uniques, pa.scalar(None, pa.string()))
            return np.asarray(filled(pc.cast(readable, pa.float64()), np.nan), dtype=np.float64)

    @cached_property
    def is_number(self) -> NDArray[np.bool_]:
        """For each unique, whether it is spelled as a number."""
        return as_mask(pc.match_substring_regex(self.uniques, _NUMBER))

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """For each unique, its rows."""
        return np.bincount(self.indices[self.indices >= 0], minlength=len(self.uniques)).astype(np.int64)

    def among(self, spellings: tuple[str, ...], *, any_case: bool = False) -> NDArray[np.bool_]:
        """For each unique, whether it is one of some (lower-case) spellings."""
        return as_mask(pc.is_in(self._lower if any_case else self.uniques, _value_set(spellings)))

    @cached_property
    def _lower(self) -> pa.Array:
        return pc.utf8_lower(self.uniques)

    def spread(self, values: NDArray[Kind], nothing: float) -> NDArray[Kind]:
        """A value for each row from a value for each unique."""
        return np.append(values, np.asarray([nothing], values.dtype))[self.indices]


@cache
def _value_set(spellings: tuple[str, ...]) -> pa.Array:
    return pa.array(spellings)


def as_mask(array: pa.Array) -> NDArray[np.bool_]:
    """A boolean arrow array as numpy; null is false."""
    return np.asarray(filled(array, False), dtype=np.bool_)


def filled(array: pa.Array, value: object) -> pa.Array:
    """An arrow array without gaps; pyarrow's own takes its time even where there are none."""
    return array.fill_null(value) if array.null_count else array
