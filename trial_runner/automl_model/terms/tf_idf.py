"""TF-IDF of the terms of a column (Salton and Buckley 1988): sublinear counts, weighted by rarity, each row of length 1.

A fitted one holds the buckets of the terms that it knows and their weights, and neither the terms nor any text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from automl_model.checked import Array, array, inside, require, whole_number
from automl_model.terms.ngrams import BUCKETS, Analyser, TermCounts, term_counts
from automl_model.text_column import MOST_CHARACTERS, TextColumn

MOST_TERMS = 1 << 18
"""The terms that a model may know in all its columns."""
MOST_TEXT_COLUMNS = 200
"""The first columns of texts are read; further ones would cost memory, and no table has more."""
_MOST_WORDS = 2
_MOST_PRODUCTS = 4_000_000
_MOST_SEARCHED = 20_000
_MOST_RARITY = 100.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TermRows:
    """Rows of a sparse matrix: row k has `values[starts[k]:starts[k + 1]]` in these columns, ascending.

    starts: int64. columns: int32. values: float32.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def times(self, matrix: Floats) -> Floats:
        """The product with a dense matrix, shape (rows, outputs). A row's result does not depend on the others."""
        result = np.zeros((len(self), matrix.shape[1]), np.float32)
        full = np.flatnonzero(np.diff(self.starts))
        step = max(1, _MOST_PRODUCTS // max(1, matrix.shape[1]))
        start = 0
        while start < len(full):
            first = self.starts[full[start]]
            end = max(start + 1, int(np.searchsorted(self.starts[full + 1], first + step, side="right")))
            rows = full[start:end]
            part = slice(first, self.starts[rows[-1] + 1])
            products = matrix[self.columns[part]] * self.values[part, None]
            result[rows] = np.add.reduceat(products, self.starts[rows] - first, axis=0)
            start = end
        return result


@dataclass(frozen=True)
class TfIdf:
    """The terms of one column of texts, by one analyser.

    column: its place among the columns of texts. longest, most_characters: see `term_counts`.
    buckets: int32, ascending. rarity: float32, the weight of each bucket's terms.
    """

    column: int
    analyser: Analyser
    longest: int
    most_characters: int
    buckets: NDArray[np.int32]
    rarity: Floats

    def __len__(self) -> int:
        return len(self.buckets)

    def rows(self, column: TextColumn) -> Iterator[TermRows]:
        """The weights of the terms of each row, block by block."""
        for counts in term_counts(column, self.analyser, self.longest, self.most_characters):
            yield self.weighted(counts)

    def weighted(self, counts: TermCounts) -> TermRows:
        """The weights of the terms of rows."""
        own = self._columns_of(counts.buckets)
        known = own >= 0
        of_rows = np.repeat(np.arange(len(counts)), np.diff(counts.starts))[known]
        columns = own[known]
        values = (1 + np.log(counts.counts[known])).astype(np.float32) * self.rarity[columns]
        lengths = np.sqrt(np.bincount(of_rows, values.astype(np.float64) ** 2, minlength=len(counts)))
        values /= lengths[of_rows].astype(np.float32)
        starts = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(np.bincount(of_rows, minlength=len(counts)), out=starts[1:])
        return TermRows(starts, columns, values)

    def _columns_of(self, buckets: NDArray[np.int32]) -> NDArray[np.int32]:
        """The column of each bucket, or -1. Few are searched for: to make the table takes a millisecond."""
        if len(buckets) > _MOST_SEARCHED or not len(self.buckets):
            return self._places[buckets]
        found = np.searchsorted(self.buckets, buckets).astype(np.int32)
        found[found == len(self.buckets)] = 0
        return np.where(self.buckets[found] == buckets, found, np.int32(-1))

    @cached_property
    def _places(self) -> NDArray[np.int32]:
        """The column of each bucket, or -1."""
        places = np.full(BUCKETS, -1, np.int32)
        places[self.buckets] = np.arange(len(self.buckets), dtype=np.int32)
        return places

    def facts(self) -> dict[str, Any]:
        """All but the arrays, as JSON."""
        return {
            "column": self.column, "analyser": self.analyser, "longest": self.longest,
            "most_characters": self.most_characters,
        }  # fmt: skip

    def arrays(self, prefix: str) -> dict[str, Array]:
        """The arrays, by name."""
        return {f"{prefix}_buckets": self.buckets, f"{prefix}_rarity": self.rarity}


def read_tf_idf(facts: object, arrays: Mapping[str, Array], prefix: str) -> TfIdf:
    """The TfIdf that wrote these facts and arrays. Raises ValueError for anything else."""
    if not isinstance(facts, dict) or facts.get("analyser") not in get_args(Analyser):
        raise ValueError("the terms of a column have no known analyser")
    buckets = array(arrays, f"{prefix}_buckets", np.int32, None)
    inside(buckets, 0, BUCKETS, f"{prefix}_buckets")
    require(buckets[1:] > buckets[:-1], f"the array {prefix}_buckets is not ascending")
    require(len(buckets) <= MOST_TERMS, f"the array {prefix}_buckets has more than {MOST_TERMS} terms")
    rarity = array(arrays, f"{prefix}_rarity", np.float32, len(buckets))
    require((rarity > 0) & (rarity < _MOST_RARITY), f"the array {prefix}_rarity has values out of range")
    return TfIdf(
        whole_number(facts, "column", 0, 10**6),
        facts["analyser"],
        whole_number(facts, "longest", 1, _MOST_WORDS),
        whole_number(facts, "most_characters", 1, MOST_CHARACTERS),
        buckets,
        rarity,
    )
