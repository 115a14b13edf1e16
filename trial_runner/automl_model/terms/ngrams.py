"""Hashes of the terms of texts: words and pairs of words, or runs of characters inside words.

A term is known by its bucket among 2**20, so a model contains no text. The hash is a polynomial over code points
modulo 2**64 (Karp and Rabin 1987), mixed as in splitmix64 (Steele et al. 2014): all positions at once, and the same in
every process.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from automl_model.terms.characters import END, SPACE, SYMBOL, UNSPACED, WORD, Characters, characters_of
from automl_model.text_column import TextColumn

Analyser = Literal["words", "characters"]
BUCKET_BITS = 20
BUCKETS = 1 << BUCKET_BITS
LENGTHS = (3, 4, 5)
"""The lengths of runs of characters, with the space before or behind the word."""
_BLOCK_BYTES = 1 << 18
_BLOCK_ROWS = 1 << (32 - BUCKET_BITS)
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_PAIR = np.uint64(0xD1342543DE82EF95)
_TRIPLE = np.uint64(0xAF251AF3B0F025B5)

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class TermCounts:
    """The number of times that each term occurs in each of some rows; the terms of row k are `starts[k]:starts[k + 1]`.

    buckets: int32, ascending in each row. counts: int64.
    """

    starts: NDArray[np.int64]
    buckets: NDArray[np.int32]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1


def term_counts(column: TextColumn, analyser: Analyser, longest: int, most_characters: int) -> Iterator[TermCounts]:
    """The terms of a column's rows, block by block. longest: the words of a term; nothing for characters.

    most_characters: only so many characters of each text count.
    """
    for block in column.blocks(_BLOCK_BYTES, _BLOCK_ROWS):
        characters = characters_of([text[:most_characters] for text in block.texts()])
        if analyser == "words":
            rows, hashes = _word_ngrams(characters, longest)
        else:
            rows, hashes = _character_ngrams(characters)
        yield _counted(rows, hashes, len(block))


def _counted(rows: NDArray[np.int64], hashes: Hashes, count: int) -> TermCounts:
    keys = rows.astype(np.uint32) << np.uint32(BUCKET_BITS)
    keys |= (_mixed(hashes) >> np.uint64(64 - BUCKET_BITS)).astype(np.uint32)
    keys.sort()
    first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    distinct = keys[first]
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(distinct >> np.uint32(BUCKET_BITS), minlength=count), out=starts[1:])
    buckets = (distinct & np.uint32(BUCKETS - 1)).astype(np.int32)
    return TermCounts(starts, buckets, np.diff(np.append(first, len(keys))))


def _word_ngrams(characters: Characters, longest: int) -> tuple[NDArray[np.int64], Hashes]:
    """The row and the hash of each word, and of each run of up to `longest` words.

    A word is a run of letters and digits, a symbol, or a letter of a script without spaces; runs of these letters may
    have one more.
    """
    classes = characters.classes
    before = np.append(np.uint8(END), classes[:-1])
    single = ((classes == UNSPACED) | (classes == SYMBOL)) & ~characters.marks
    begins = single | ((classes == WORD) & (before != WORD))
    outside = (classes != WORD) & (classes != UNSPACED) & (classes != SYMBOL)
    borders = np.flatnonzero(begins | outside)
    own = np.flatnonzero(begins[borders])
    starts, ends = borders[own], borders[own + 1]  # the last border is an END
    rows = np.cumsum(classes == END)[starts] - 1
    hashes = _Prefixes(characters.codes).between(starts, ends)
    found, of_rows = [hashes], [rows]
    if longest > 1:
        same = rows[1:] == rows[:-1]
        pairs = hashes[:-1] * _PAIR + hashes[1:]
        found.append(pairs[same])
        of_rows.append(rows[:-1][same])
        joined = (classes[starts[1:]] == UNSPACED) & (classes[starts[:-1]] == UNSPACED) & (ends[:-1] == starts[1:])
        triple = joined[1:] & joined[:-1]
        found.append((pairs[:-1] * _TRIPLE + hashes[2:])[triple])
        of_rows.append(rows[:-2][triple])
    return np.concatenate(of_rows), np.concatenate(found)


def _character_ngrams(characters: Characters) -> tuple[NDArray[np.int64], Hashes]:
    """The row and the hash of each run of characters without a space inside, as scikit-learn's char_wb."""
    classes = characters.classes
    border = (classes == SPACE) | (classes == END)
    repeated = (classes == SPACE) & np.append(True, border[:-1])
    codes, border, ends = characters.codes[~repeated], border[~repeated], (classes == END)[~repeated]
    codes = np.where(border, np.uint32(32), codes)
    rows = np.cumsum(ends) - 1
    places = np.arange(len(codes))
    borders = np.flatnonzero(border)
    # The first border from each place on: the last character is one.
    following = borders[np.cumsum(border) - border]
    prefixes = _Prefixes(codes)
    found, of_rows = [], []
    for length in LENGTHS:
        starts = np.flatnonzero(following[1:] - places[:-1] >= length - 1)
        found.append(prefixes.between(starts, starts + length))
        of_rows.append(rows[starts + 1] if length > 1 else rows[starts])
    return np.concatenate(of_rows), np.concatenate(found)


class _Prefixes:
    """Polynomial hashes of all parts of a sequence of code points."""

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        powers, self._inverses = _powers_of_base(1 << len(codes).bit_length())
        self._sums = np.zeros(len(codes) + 1, np.uint64)
        np.cumsum((codes.astype(np.uint64) + np.uint64(1)) * powers[: len(codes)], out=self._sums[1:])

    def between(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Hashes:
        """The hash of each part; it does not depend on the place where the part begins."""
        return _mixed((self._sums[ends] - self._sums[starts]) * self._inverses[starts])


@lru_cache(maxsize=2)
def _powers_of_base(count: int) -> tuple[Hashes, Hashes]:
    """The first powers of the base and of its inverse, modulo 2**64."""
    found = []
    for base in (_BASE, _INVERSE):
        powers = np.full(count, base, np.uint64)
        powers[:1] = 1
        found.append(np.cumprod(powers))
    return found[0], found[1]


def _mixed(hashes: Hashes) -> Hashes:
    mixed = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
