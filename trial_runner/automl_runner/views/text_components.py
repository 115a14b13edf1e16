"""Turns texts into a few numbers for learners that read no text; `automl_model.text_components` applies it.

The components are the greatest ones of the TF-IDF of the training rows, by a randomised singular value decomposition
(Halko, Martinsson and Tropp 2011). It does not look at the target.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_model.terms.text_counts import COUNTS
from automl_model.terms.tf_idf import MOST_TEXT_COLUMNS
from automl_model.views import ViewState, apply_view
from automl_runner.learners.learner import FitContext, Shape, TrainingSet
from automl_runner.learners.shared.deadline import half_of
from automl_runner.views.view import ViewNeeds

COMPONENTS = 40
"""The components of one column of texts."""
_MOST_COMPONENTS = 160
_MOST_TERMS = 1 << 14
_MOST_VALUES = 1 << 23
_MOST_ROWS = 50_000
"""The rows that components are computed from, evenly spaced; more of them hardly change them."""
_ROWS_WITHOUT_TIME = 500
_LONGEST = 2
_FEWEST_ROWS = 2
_ITERATIONS = 4
_OVERSAMPLED = 10
_VALUES_A_BYTE = 0.3


class TextComponents:
    """The view `text_components`: 40 components of each column of texts, fewer where there are many, and counts."""

    def suits(self, shape: Shape) -> bool:
        """See View."""
        return shape.text_columns > 0

    def needs(self, shape: Shape) -> ViewNeeds:
        """See View."""
        seen, values = _widened(shape), _values(shape)
        memory = 200e6 + 30 * values + shape.rows * (seen.numeric_columns * 8 + 600)
        return ViewNeeds(0.1 + 9e-8 * shape.text_bytes + 8e-7 * values, seen, int(memory))

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The terms and their components for other rows, and the training rows with the components.

        A column that there is no time for has its terms and components from 500 rows.
        """
        from automl_runner.learners.shared.term_fitting import TermChoice, fit_tf_idf

        features, seconds_left = train.features, half_of(context.seconds_left)
        texts = features.texts[:MOST_TEXT_COLUMNS]
        columns = max(1, len(texts))
        choice = TermChoice("words", _LONGEST, _FEWEST_ROWS, _MOST_TERMS // columns, _MOST_VALUES // columns)
        terms, names = [], []
        arrays: dict[str, NDArray[Any]] = {}
        for place, (column, name) in enumerate(zip(texts, features.text_names, strict=False)):
            most_rows = _MOST_ROWS if seconds_left() > 0 else _ROWS_WITHOUT_TIME
            sample = column.take(slice(None, None, 1 + len(column) // most_rows))
            tf_idf, matrix = fit_tf_idf(sample, place, choice)
            components = _components(matrix, _components_a_column(columns), context.seed, seconds_left)
            terms.append(tf_idf.facts())
            arrays |= {**tf_idf.arrays(f"terms_{place}"), f"components_{place}": components}
            names += [f"{name}=component{k}" for k in range(components.shape[1])]
            names += [f"{name}={count}" for count in COUNTS]
        state = {"terms": terms, "names": names, "kept": list(range(len(features.cardinalities)))}
        view = ViewState("text_components", state, arrays)
        return view, apply_view(view, features)


def _components(matrix: Any, count: int, seed: int, seconds_left: Callable[[], float]) -> NDArray[np.float32]:
    """The right singular vectors of the greatest singular values, shape (terms, components).

    Without time, after one iteration: they are less exact.
    """
    from automl_runner.learners.shared.threads import one_core

    kept = min(count, *matrix.shape)
    if kept == 0:
        return np.empty((matrix.shape[1], 0), np.float32)
    width = min(kept + _OVERSAMPLED, *matrix.shape)
    with one_core():
        sketch = np.random.default_rng(seed).normal(size=(matrix.shape[1], width)).astype(np.float32)
        for _ in range(_ITERATIONS):
            sketch, _ = np.linalg.qr(matrix.T @ np.linalg.qr(matrix @ sketch)[0])
            if seconds_left() <= 0:
                break
        basis, _ = np.linalg.qr(matrix @ sketch)
        vectors = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)[2]
    return np.ascontiguousarray(vectors[:kept].T, np.float32)


def _components_a_column(columns: int) -> int:
    return max(1, min(COMPONENTS, _MOST_COMPONENTS // columns))


def _widened(shape: Shape) -> Shape:
    """The shape of the view's features."""
    columns = min(shape.text_columns, MOST_TEXT_COLUMNS)
    added = columns * (_components_a_column(max(1, columns)) + len(COUNTS))
    return replace(shape, numeric_columns=shape.numeric_columns + added)


def _values(shape: Shape) -> float:
    """The values of the matrices of terms, about."""
    sampled = min(1.0, _MOST_ROWS / max(1, shape.rows))
    return min(_MOST_VALUES, _VALUES_A_BYTE * shape.text_bytes * sampled)
