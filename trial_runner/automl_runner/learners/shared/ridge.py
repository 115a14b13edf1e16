"""Ridge regression, as the linear learners share it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_runner.learners.learner import TrainingSet, refusing


def ridge_weights(
    matrix: Any, train: TrainingSet, strength: float, passes: int = 1000
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights, shape (columns, 1), and the intercept; the target is standardised for the solver.

    passes: the most passes over a sparse matrix.
    """
    from sklearn.linear_model import Ridge

    center = np.average(train.target, weights=train.weights)
    scale = float(np.std(train.target)) or 1.0
    model = Ridge(alpha=strength, solver="auto", tol=1e-5, max_iter=passes)
    with refusing("scikit-learn", ValueError):
        model.fit(matrix, (train.target - center) / scale, sample_weight=train.weights)
    return scale * model.coef_.reshape(-1, 1).astype(np.float64), np.atleast_1d(scale * model.intercept_ + center)
