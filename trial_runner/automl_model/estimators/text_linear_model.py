"""A linear model on the TF-IDF of texts, joined with a linear model on the other columns.

Each column of texts is taken apart by one or two analysers. A row's sum is that of its terms' weights and that of the
other columns.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_model.arrays import read_arrays, read_facts, write_arrays, write_facts
from automl_model.checked import array, require, whole_number
from automl_model.estimators import linear_model
from automl_model.estimators.estimator import FACTS
from automl_model.estimators.linear_model import LinearModel, probabilities_of
from automl_model.features import Features, Layout
from automl_model.terms.tf_idf import MOST_TERMS, MOST_TEXT_COLUMNS, TfIdf, read_tf_idf

_ARRAYS = "text_linear.npz"
_LINEAR = "linear"
_MOST_PARTS = 2 * MOST_TEXT_COLUMNS


@dataclass(frozen=True)
class TextLinearModel:
    """linear: the model of the other columns, with the intercept. texts: the number of columns of texts.

    terms: the TF-IDF of each analyser of each column. weights: for each of them, float32, shape (terms, outputs).
    """

    linear: LinearModel
    texts: int
    terms: tuple[TfIdf, ...]
    weights: tuple[NDArray[np.float32], ...]
    kind: str = "text_linear"

    def check(self, layout: Layout, classes: int) -> None:
        """See Estimator."""
        require(self.texts == layout.texts, f"the model reads {self.texts} columns of texts")
        self.linear.check(layout, classes)

    def predict(self, features: Features) -> NDArray[np.float64]:
        """See Estimator."""
        decision = self.linear.decision(features)
        for tf_idf, weights in zip(self.terms, self.weights, strict=True):
            start = 0
            for rows in tf_idf.rows(features.texts[tf_idf.column]):
                decision[start : start + len(rows)] += rows.times(weights)
                start += len(rows)
        return decision[:, 0] if self.linear.classes == 1 else probabilities_of(decision)

    def write(self, directory: Path) -> None:
        """See Estimator."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for place, (tf_idf, weights) in enumerate(zip(self.terms, self.weights, strict=True)):
            arrays |= {**tf_idf.arrays(f"terms_{place}"), f"weights_{place}": weights}
        write_arrays(directory / _ARRAYS, arrays)
        (directory / _LINEAR).mkdir()
        self.linear.write(directory / _LINEAR)
        terms = [tf_idf.facts() for tf_idf in self.terms]
        write_facts(directory / FACTS, {"kind": self.kind, "texts": self.texts, "terms": terms})


def read(directory: Path) -> TextLinearModel:
    """Read a model that `write` wrote. Raises ValueError for any other arrays."""
    facts, arrays = read_facts(directory / FACTS), read_arrays(directory / _ARRAYS)
    linear = linear_model.read(directory / _LINEAR)
    texts, described = whole_number(facts, "texts", 0, 10**6), facts.get("terms")
    if not isinstance(described, list) or len(described) > _MOST_PARTS:
        raise ValueError("the model has no list of terms")
    terms = tuple(read_tf_idf(own, arrays, f"terms_{place}") for place, own in enumerate(described))
    require(all(tf_idf.column < texts for tf_idf in terms), "the model reads a column of texts that it does not have")
    require(sum(map(len, terms)) <= MOST_TERMS, f"the model has more than {MOST_TERMS} terms")
    outputs = len(linear.intercept)
    weights = tuple(
        array(arrays, f"weights_{place}", np.float32, len(tf_idf), outputs) for place, tf_idf in enumerate(terms)
    )
    return TextLinearModel(linear, texts, terms, weights)
