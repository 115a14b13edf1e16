"""A column of texts, in which each distinct text is examined once."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.literals import MISSING, PLACEHOLDERS
from automl_model.exact import EXACT

Kind = TypeVar("Kind", bound=np.generic)
_NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$"
PADDED = r"^[+-]?0\d"
"""The beginning of a number with leading zeros, as codes have."""
_INTEGER = r"^[+-]?\d{1,20}$"


@dataclass(frozen=True)
class Texts:
    """uniques: the distinct texts, trimmed. indices: int32, the text of each row, -1 where the source has a null.

    words: the texts that are missing values in every column, trimmed.
    originals: each unique text as it first occurred, with the spaces around it; None if no text has any.
    merged: some texts differed only in these spaces.
    """

    uniques: pa.Array
    indices: NDArray[np.int32]
    words: tuple[str, ...] = ()
    originals: pa.Array | None = None
    merged: bool = False

    @classmethod
    def of(cls, array: pa.Array, words: tuple[str, ...] = ()) -> "Texts":
        """Texts of an arrow array of strings, plain or dictionary-encoded."""
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        raw = encoded.dictionary.cast(pa.string())
        trimmed = pc.utf8_trim_whitespace(raw).dictionary_encode()
        places = np.append(np.asarray(filled(trimmed.indices, -1), dtype=np.int32), np.int32(-1))
        rows = places[np.asarray(filled(encoded.indices, -1), dtype=np.int32)]
        originals = (
            None
            if trimmed.dictionary.equals(raw)
            else raw.take(pc.index_in(trimmed.dictionary, pc.utf8_trim_whitespace(raw)))
        )
        merged = len(trimmed.dictionary) < len(raw) - raw.null_count
        return cls(trimmed.dictionary, rows, words, originals, merged)

    @cached_property
    def missing(self) -> NDArray[np.bool_]:
        """For each unique text, True if it is a missing value: a word, or another spelling of a numeric word."""
        if not self.words:
            return np.zeros(len(self.uniques), np.bool_)
        found, numbers = self.among(self.words), _numbers(self.words)
        if not numbers:
            return found
        padded = as_mask(pc.match_substring_regex(self.uniques, PADDED))  # a code, not a number
        return np.asarray(found | (np.isin(self.numbers, numbers) & ~padded), np.bool_)

    @cached_property
    def placeholder(self) -> NDArray[np.bool_]:
        """For each unique text, True if it stands for a missing number or date."""
        return self.missing | self.among(MISSING) | self.among(PLACEHOLDERS, any_case=True)

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """For each unique text, True if a row has it and it is not a placeholder."""
        return np.asarray((self.counts > 0) & ~self.placeholder, np.bool_)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The number of each unique text, else NaN."""
        try:
            return np.asarray(filled(pc.cast(self.uniques, pa.float64()), np.nan), dtype=np.float64)
        except pa.ArrowInvalid:
            readable = pc.if_else(self.is_number, self.uniques, pa.scalar(None, pa.string()))
            return np.asarray(filled(pc.cast(readable, pa.float64()), np.nan), dtype=np.float64)

    @cached_property
    def is_number(self) -> NDArray[np.bool_]:
        """For each unique text, True if it is spelled as a number."""
        return as_mask(pc.match_substring_regex(self.uniques, _NUMBER))

    @cached_property
    def integers(self) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
        """For each unique text, its whole number modulo 2**64, and True if it is spelled as one."""
        known = as_mask(pc.match_substring_regex(self.uniques, _INTEGER))
        bits = np.zeros(len(known), np.uint64)
        bits[known] = [int(text) % 2**64 for text in self.uniques.filter(pa.array(known)).to_pylist()]
        return bits, known

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The number of rows of each unique text."""
        return np.bincount(self.indices[self.indices >= 0], minlength=len(self.uniques)).astype(np.int64)

    def among(self, variants: tuple[str, ...], *, any_case: bool = False) -> NDArray[np.bool_]:
        """For each unique text, True if it is one of these spellings, which are in lower case for `any_case`."""
        return as_mask(pc.is_in(self._lower if any_case else self.uniques, _value_set(variants)))

    def share(self, mask: NDArray[np.bool_]) -> float:
        """The share of rows whose text is in the mask, among the rows with a text that is not a placeholder."""
        rows = int(self.counts[self.there].sum())
        return int(self.counts[mask & self.there].sum()) / rows if rows else 0.0

    def first(self, mask: NDArray[np.bool_]) -> str:
        """The first text in the mask."""
        return str(self.uniques[int(np.flatnonzero(mask)[0])].as_py())

    def original(self, place: int) -> str:
        """A unique text as it first occurred, with the spaces around it."""
        return str((self.uniques if self.originals is None else self.originals)[place].as_py())

    @cached_property
    def _lower(self) -> pa.Array:
        return pc.utf8_lower(self.uniques)

    def spread(self, values: NDArray[Kind], nothing: float) -> NDArray[Kind]:
        """The value of each row, from the values of unique texts; `nothing` for a row without a text."""
        return np.append(values, np.asarray([nothing], values.dtype))[self.indices]


@cache
def _value_set(variants: tuple[str, ...]) -> pa.Array:
    return pa.array(variants, pa.string())


def is_padded(word: str) -> bool:
    """True when a word has leading zeros, as codes have."""
    return re.match(PADDED, word, re.ASCII) is not None


@cache
def _numbers(words: tuple[str, ...]) -> tuple[float, ...]:
    """The words that are numbers and exact in float64; a word with leading zeros is a code."""
    numbers = [float(word) for word in words if re.fullmatch(_NUMBER, word, re.ASCII) and not is_padded(word)]
    return tuple(number for number in numbers if abs(number) < EXACT)


def as_mask(array: pa.Array) -> NDArray[np.bool_]:
    """A boolean arrow array as numpy; null is false."""
    return np.asarray(filled(array, False), dtype=np.bool_)


def filled(array: pa.Array, value: object) -> pa.Array:
    """An arrow array with a value in place of nulls; pyarrow's own function is slow even if there are no nulls."""
    return array.fill_null(value) if array.null_count else array
