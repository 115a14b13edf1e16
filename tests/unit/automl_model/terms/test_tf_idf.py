"""TF-IDF as scikit-learn's, and refused where its arrays are not what a fit makes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from automl_model.terms.ngrams import BUCKETS
from automl_model.terms.tf_idf import TermRows, TfIdf, read_tf_idf
from automl_model.text_column import TextColumn
from automl_runner.learners.shared.term_fitting import TermChoice, fit_tf_idf

TEXTS = ["the cat sat on the mat", "the dog and the cat", "a dog is not a cat", "", "mat mat mat sat"]
CHOICE = TermChoice("words", 2, 1, 1000, 10**6)


def fitted(texts: list[str], choice: TermChoice = CHOICE) -> tuple[TfIdf, Any]:
    return fit_tf_idf(TextColumn.of(texts), 0, choice)


def test_rows_are_as_similar_as_by_scikit_learn() -> None:
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(TEXTS)
    _, ours = fitted(TEXTS)
    np.testing.assert_allclose((ours @ ours.T).toarray(), (theirs @ theirs.T).toarray(), atol=1e-6)


def test_terms_of_too_few_rows_are_unknown() -> None:
    tf_idf, _ = fitted(["one two", "one three"], replace(CHOICE, fewest=2))
    assert len(tf_idf) == 1


def test_the_most_frequent_terms_are_known() -> None:
    tf_idf, _ = fitted([*["often"] * 5, "seldom other"], replace(CHOICE, most_terms=1))
    (rows,) = tf_idf.rows(TextColumn.of(["often", "seldom"]))
    assert np.diff(rows.starts).tolist() == [1, 0]


def test_unseen_words_and_empty_texts_have_no_terms() -> None:
    tf_idf, _ = fitted(TEXTS)
    (rows,) = tf_idf.rows(TextColumn.of(["", "unheard", "cat"]))
    assert np.diff(rows.starts).tolist() == [0, 0, 1]
    assert rows.times(np.ones((len(tf_idf), 2), np.float32)).tolist() == [[0, 0], [0, 0], [1, 1]]


def test_long_texts_are_cut_so_that_the_matrix_stays_small() -> None:
    generator = np.random.default_rng(0)
    texts = [" ".join(f"w{number}" for number in generator.integers(0, 10**6, 3000)) for _ in range(20)]
    tf_idf, matrix = fitted(texts, TermChoice("words", 1, 1, 10**6, 10_000))
    assert 2_000 < matrix.nnz < 12_000
    assert tf_idf.most_characters < 20_000


@pytest.mark.parametrize("outputs", [1, 3, 3_000_000])
def test_a_product_is_that_of_the_dense_matrix(outputs: int) -> None:
    rows = TermRows(np.array([0, 2, 2, 3, 3]), np.array([0, 2, 1], np.int32), np.array([1, 2, 3], np.float32))
    matrix = np.arange(3.0, dtype=np.float32)[:, None] * np.ones(outputs, np.float32)
    assert rows.times(matrix)[:, -1].tolist() == [4, 0, 3, 0]


HOSTILE: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "no facts": (lambda facts, arrays: facts.clear(), "analyser"),
    "an unknown analyser": (lambda facts, arrays: facts.update(analyser="eval"), "analyser"),
    "an analyser that is a list": (lambda facts, arrays: facts.update(analyser=["words"]), "analyser"),
    "long runs of words": (lambda facts, arrays: facts.update(longest=10**9), "longest"),
    "no characters": (lambda facts, arrays: facts.update(most_characters=0), "most_characters"),
    "endless characters": (lambda facts, arrays: facts.update(most_characters=10**9), "most_characters"),
    "a negative column": (lambda facts, arrays: facts.update(column=-1), "column"),
    "no buckets": (lambda facts, arrays: arrays.pop("x_buckets"), "x_buckets is missing"),
    "a bucket beyond the last": (lambda facts, arrays: arrays.update(x_buckets=arrays["x_buckets"] + BUCKETS), "out of range"),
    "a negative bucket": (lambda facts, arrays: arrays.update(x_buckets=-arrays["x_buckets"][::-1] - 1), "out of range"),
    "buckets out of order": (lambda facts, arrays: arrays.update(x_buckets=arrays["x_buckets"][::-1].copy()), "ascending"),
    "a bucket twice": (lambda facts, arrays: arrays.update(x_buckets=arrays["x_buckets"] * 0), "ascending"),
    "buckets of another type": (lambda facts, arrays: arrays.update(x_buckets=arrays["x_buckets"].astype(np.int64)), "int32"),
    "weights of another length": (lambda facts, arrays: arrays.update(x_rarity=arrays["x_rarity"][:-1]), "shape"),
    "a weight that is no number": (lambda facts, arrays: arrays.update(x_rarity=arrays["x_rarity"] * np.float32("nan")), "not finite"),
    "a weight of zero": (lambda facts, arrays: arrays.update(x_rarity=arrays["x_rarity"] * 0), "out of range"),
    "a huge weight": (lambda facts, arrays: arrays.update(x_rarity=arrays["x_rarity"] + np.float32(1e30)), "out of range"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), HOSTILE.values(), ids=HOSTILE)
def test_other_facts_and_arrays_are_refused(change: Callable[..., object], words: str) -> None:
    tf_idf, _ = fitted(TEXTS)
    facts, arrays = tf_idf.facts(), tf_idf.arrays("x")
    assert read_tf_idf(facts, arrays, "x").facts() == tf_idf.facts()
    change(facts, arrays)
    with pytest.raises(ValueError, match=words):
        read_tf_idf(facts, arrays, "x")
