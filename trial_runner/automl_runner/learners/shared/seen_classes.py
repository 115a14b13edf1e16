"""Classes with training rows: libraries that number classes from 0 are given these only."""

import numpy as np

from automl_runner.learners.learner import FitContext, LearnerRefused, TrainingSet


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
