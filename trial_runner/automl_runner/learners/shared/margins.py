"""Linear support vectors whose margins are scaled to probabilities.

Each class is told from all others by the squared hinge loss (Fan et al. 2008, LIBLINEAR), which is better on words than
logistic regression and several times as fast. One factor on all margins (temperature, Guo et al. 2017) makes
probabilities of them. Rows that a first model has not seen choose it; the second model is of all rows.
"""

import warnings
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from automl_model.estimators.linear_model import probabilities_of
from automl_runner.learners.learner import FitContext, TrainingSet, refusing
from automl_runner.learners.shared.seen_classes import NEVER, of_all_classes

_HELD_SHARE = 4
_FEWEST_HELD = 10
_BOUNDS = (-3.0, 4.0)
_LEAST = 1e-15

Floats = NDArray[np.float64]


def margin_weights(
    matrix: Any, train: TrainingSet, strength: float, context: FitContext, passes: int
) -> tuple[Floats, Floats]:
    """Weights, shape (columns, outputs), and intercepts; one output for two classes, else one for each class.

    passes: the most passes over the rows.
    """
    target = np.asarray(train.target, np.int64)
    weights = np.ones(len(target)) if train.weights is None else train.weights
    held = np.random.default_rng(context.seed).permutation(len(target)) % _HELD_SHARE == 0
    held &= np.isin(target, np.unique(target[~held]))
    factor = 1.0
    if held.sum() >= _FEWEST_HELD and len(np.unique(target[~held])) > 1:
        first = _fit(matrix[~held], target[~held], weights[~held], strength, context, passes)
        factor = _factor(matrix[held] @ first[0] + first[1], target[held], weights[held])
    coefficients, intercept = _fit(matrix, target, weights, strength, context, passes)
    return coefficients * factor, np.where(intercept == NEVER, NEVER, intercept * factor)


def _fit(
    matrix: Any, target: NDArray[np.int64], weights: Floats, strength: float, context: FitContext, passes: int
) -> tuple[Floats, Floats]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=1.0 / strength, dual=True, max_iter=passes, random_state=context.seed % 2**31)
    with warnings.catch_warnings(), refusing("scikit-learn", ValueError):
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(matrix, target, sample_weight=weights)
    if context.classes == 2:
        return model.coef_.T, model.intercept_
    rows, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        rows, intercept = np.vstack([-rows, rows]), np.append(-intercept, intercept)
    return of_all_classes(rows, intercept, model.classes_, context)


def _factor(margins: Floats, target: NDArray[np.int64], weights: Floats) -> float:
    """The factor on margins that minimises the log-loss."""
    places = np.arange(len(target))

    def loss(exponent: float) -> float:
        likely = probabilities_of(margins * np.exp(exponent))[places, target]
        return -float(np.average(np.log(np.maximum(likely, _LEAST)), weights=weights))

    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=_BOUNDS, method="bounded").x))
