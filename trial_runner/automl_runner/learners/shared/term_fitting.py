"""Fits TF-IDF on the training rows of a fold, and gives the rows as one sparse matrix of bounded size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from automl_model.terms.ngrams import BUCKETS, Analyser, term_counts
from automl_model.terms.tf_idf import TermRows, TfIdf
from automl_model.text_column import MOST_CHARACTERS, TextColumn

_SAMPLE_ROWS = 500
_TOLERANCE = 1.25


@dataclass(frozen=True)
class TermChoice:
    """The terms to learn from. longest: the words of a term. fewest: a term must occur in so many rows.

    most_terms: if there are more, those in the most rows count. most_values: the values in the matrix of all rows,
    about; to keep to it, only the beginning of each text counts.
    """

    analyser: Analyser
    longest: int
    fewest: int
    most_terms: int
    most_values: int


def fit_tf_idf(column: TextColumn, place: int, choice: TermChoice) -> tuple[TfIdf, Any]:
    """The TF-IDF of a column's terms, and its rows as a sparse float32 matrix, shape (rows, terms).

    The weight of a term is 1 + log((1 + rows) / (1 + rows with the term)), as scikit-learn's.
    """
    most_characters = _affordable_characters(column, choice)
    blocks = list(term_counts(column, choice.analyser, choice.longest, most_characters))
    rows = np.zeros(BUCKETS, np.int64)
    for counts in blocks:
        rows += np.bincount(counts.buckets, minlength=BUCKETS)
    kept = np.argsort(-rows, kind="stable")[: choice.most_terms]
    kept = np.sort(kept[rows[kept] >= choice.fewest])
    rarity = (1 + np.log((1 + len(column)) / (1 + rows[kept]))).astype(np.float32)
    tf_idf = TfIdf(place, choice.analyser, choice.longest, most_characters, kept.astype(np.int32), rarity)
    return tf_idf, _matrix([tf_idf.weighted(blocks.pop(0)) for _ in range(len(blocks))], len(column), len(tf_idf))


def values_a_row(column: TextColumn, choice: TermChoice, most_characters: int = MOST_CHARACTERS) -> float:
    """The mean number of different terms in a text, from evenly spaced rows."""
    sample = column.take(slice(None, None, 1 + len(column) // _SAMPLE_ROWS))
    counts = term_counts(sample, choice.analyser, choice.longest, most_characters)
    return sum(len(block.buckets) for block in counts) / max(1, len(sample))


def _affordable_characters(column: TextColumn, choice: TermChoice) -> int:
    """The characters of a text that count, so that the matrix stays within bounds, about."""
    characters = MOST_CHARACTERS
    while characters > 1 and values_a_row(column, choice, characters) * len(column) > _TOLERANCE * choice.most_values:
        characters //= 2
    return characters


def _matrix(blocks: list[TermRows], rows: int, terms: int) -> Any:
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(np.concatenate([np.zeros(0, np.int64), *(np.diff(block.starts) for block in blocks)]), out=starts[1:])
    values = np.concatenate([np.zeros(0, np.float32), *(block.values for block in blocks)])
    columns = np.concatenate([np.zeros(0, np.int32), *(block.columns for block in blocks)])
    return scipy.sparse.csr_array((values, columns, starts.astype(np.int32)), shape=(rows, terms))
