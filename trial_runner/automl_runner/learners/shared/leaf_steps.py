"""Bounds the steps of boosted leaves where a class is rare.

The log loss has almost no curvature where a class is nearly certain. A leaf with one row of a rare class then takes a
step of hundreds, and the model diverges: with 8 of 40,000 rows, scikit-learn's ranked worse than chance.
"""

import numpy as np

from automl_runner.learners.learner import TrainingSet

MOST_STEP = 5.0


def least_curvature(train: TrainingSet, least_rows: int) -> float:
    """The curvature of the loss in a leaf of the fewest rows, at the share of the rarest class of two or more.

    One row of that class moves such a leaf by the reciprocal of it.
    """
    weights = np.bincount(train.target.astype(np.int64), train.weights)
    return least_rows * float(weights[weights > 0].min() / weights.sum())


def steep(train: TrainingSet, least_rows: int) -> bool:
    """True where one row of the rarest class may move a leaf by more than MOST_STEP."""
    return least_curvature(train, least_rows) < 1.0 / MOST_STEP
