"""A column as numbers: their notation, their exact values, and the cells that are not numbers."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from automl_model.encoding.column import Column
from automl_model.encoding.notation import PLAIN, Notation, notation_of, padded, read_numbers
from automl_model.encoding.placement import Whole
from automl_model.encoding.texts import Texts, as_mask
from automl_model.exact import EXACT

_FEWEST_ROWS_FOR_IDENTIFIERS = 20
_MOST_VERSIONS = 100
"""With more distinct texts, two spellings such as 1.1 and 1.10 are the same number, not two versions."""
_MANY = 0.05
"""The smallest share of cells spelled like codes that makes a column one of codes. Fewer are numbers, with a note."""


@dataclass(frozen=True)
class Numbers:
    """`values`: float64 for each row, NaN where there is none; `integers`: the same exactly, 0 where there is none."""

    values: NDArray[np.float64]
    integers: Whole | None = None
    texts: Texts | None = None
    notation: Notation = PLAIN
    of_uniques: NDArray[np.float64] | None = None

    @classmethod
    def typed(cls, column: Column) -> "Numbers":
        """The numbers of a column that has no texts."""
        return cls(column.values, column.integers)

    @cached_property
    def padded(self) -> NDArray[np.bool_]:
        """For each unique text, True if it is a number with leading zeros."""
        if self.texts is None or self.notation.clock:
            return np.zeros(0 if self.texts is None else len(self.texts.uniques), np.bool_)
        return padded(self.texts) & self.texts.there

    @cached_property
    def respelled(self) -> NDArray[np.bool_]:
        """For each unique text, True if it is a number that more rows spell in another way, as 1.10 beside 1.1."""
        found = np.zeros(0 if self.texts is None else len(self.texts.uniques), np.bool_)
        if self.texts is None or self.of_uniques is None or self.notation != PLAIN:
            return found  # other notations have their own note
        places = np.flatnonzero(self.texts.there & np.isfinite(self.of_uniques) & (self.of_uniques != 0))
        order = places[np.lexsort((-self.texts.counts[places], self.of_uniques[places]))]
        values = self.of_uniques[order]
        same = values[1:] == values[:-1]
        if (great := np.abs(values[1:]) >= EXACT).any():
            whole = as_mask(pc.match_substring_regex(self.texts.uniques.take(pa.array(order)), r"^[+-]?\d+$"))
            same &= ~(great & whole[1:] & whole[:-1])  # different numbers that are equal in float64
        found[order[1:][same]] = True
        return found

    @cached_property
    def merged(self) -> tuple[str, ...]:
        """Two texts that spell the same number differently; empty where there are none."""
        if self.texts is None or self.of_uniques is None or not self.respelled.any():
            return ()
        first = int(np.flatnonzero(self.respelled)[0])
        same = self.texts.there & (self.of_uniques == self.of_uniques[first]) & ~self.respelled
        return tuple(sorted((self.texts.first(same), self.texts.first(self.respelled))))

    @property
    def like_codes(self) -> bool:
        """True when so many cells are spelled like codes or versions that the column is not read as numbers."""
        if self.texts is None:
            return False
        few_texts = int(self.texts.there.sum()) <= _MOST_VERSIONS
        unlike = self.padded | self.respelled if few_texts else self.padded
        return self.texts.share(unlike) >= _MANY

    @cached_property
    def odd(self) -> NDArray[np.bool_] | None:
        """For each unique text, True if it is not a number and is read as missing."""
        if self.texts is None or self.of_uniques is None:
            return None
        unread = np.isnan(self.of_uniques) | self.texts.placeholder
        return np.asarray((self.texts.counts > 0) & ~self.texts.missing & unread, np.bool_)

    @cached_property
    def whole(self) -> bool:
        """True when all numbers are whole, and are not times of day."""
        finite = self.values[np.isfinite(self.values)]
        return not self.notation.clock and bool((finite == np.floor(finite)).all())

    @cached_property
    def count_rows(self) -> bool:
        """True when the numbers are whole, all different, and so close together that they must count the rows."""
        values = self.values
        if len(values) < _FEWEST_ROWS_FOR_IDENTIFIERS or not np.isfinite(values).all():
            return False
        low, high = values.min(), values.max()
        if high - low + 1 > 2 * len(values) or not (values == np.floor(values)).all():
            return False
        return bool(np.bincount((values - low).astype(np.int64)).max() == 1)


def numbers_of(texts: Texts, notation: Notation | None = None) -> Numbers | None:
    """Texts as numbers; None unless nearly all of them are numbers."""
    notation = notation or notation_of(texts)
    if notation is None:
        return None
    of_uniques = read_numbers(texts, notation)
    of_uniques = np.where(texts.placeholder, np.nan, of_uniques)
    great = np.abs(of_uniques[np.isfinite(of_uniques)]).max(initial=0) >= EXACT
    integers = _exact(texts, of_uniques) if great and notation == PLAIN else None
    return Numbers(texts.spread(of_uniques, np.nan), integers, texts, notation, of_uniques)


def _exact(texts: Texts, of_uniques: NDArray[np.float64]) -> Whole | None:
    """Whole numbers of up to 64 bits, as they are written; None where some are longer or have fractions."""
    bits, known = texts.integers
    there = np.isfinite(of_uniques) & texts.there
    if not known[there].all() or not there.any():
        return None
    whole = [int(text) for text in texts.uniques.filter(pa.array(there)).to_pylist()]
    if min(whole) >= -(2**63) and max(whole) < 2**63:
        return texts.spread(bits.view(np.int64), 0)
    return texts.spread(bits, 0) if min(whole) >= 0 and max(whole) < 2**64 else None
