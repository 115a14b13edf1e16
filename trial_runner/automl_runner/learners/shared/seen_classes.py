"""Classes with training rows: libraries that number classes from 0 are given these only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_runner.learners.learner import FitContext, LearnerRefused, TrainingSet

NEVER = -30.0
"""The intercept of a class that no training row has."""


def seen_classes(train: TrainingSet, context: FitContext) -> tuple[int, ...]:
    """The classes with training rows; (0,) for regression. Raises LearnerRefused for a single class."""
    if context.task == "regression":
        return (0,)
    seen = tuple(int(code) for code in np.unique(train.target))
    if len(seen) < 2:
        raise LearnerRefused("all training rows have the same class")
    return seen


def rows_of_seen(rows: TrainingSet, seen: tuple[int, ...]) -> TrainingSet:
    """The rows of these classes, each with its class's place in `seen` as target; for regression, the rows."""
    if len(seen) == 1:
        return rows
    kept = np.flatnonzero(np.isin(rows.target, seen))
    target = np.searchsorted(seen, rows.target[kept]).astype(np.int64)
    features = rows.features if len(kept) == len(rows.target) else rows.features.take(kept)
    return TrainingSet(features, target, None if rows.weights is None else rows.weights[kept])


def of_all_classes(
    rows: NDArray[np.float64], intercept: NDArray[np.float64], seen: Any, context: FitContext
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights, shape (columns, classes), and intercepts of a linear model that knows only the classes in `seen`.

    rows: its weights, a row for each seen class. Classes that it has not seen are improbable everywhere.
    """
    weights, intercepts = np.zeros((rows.shape[1], context.classes)), np.full(context.classes, NEVER)
    weights[:, seen], intercepts[seen] = rows.T, intercept
    return weights, intercepts
