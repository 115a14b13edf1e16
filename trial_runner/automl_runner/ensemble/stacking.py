"""Fits the second level of an ensemble to out-of-fold predictions. See `automl_model.stack`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from automl_api.metrics import METRICS
from automl_model.softmax import softmax
from automl_model.stack import Stack, logarithms
from automl_runner.ensemble.greedy import MAX_MEMBERS

Array = NDArray[Any]
SHARES = (0.25, 0.5)
"""The shares of a stack in the prediction that are tried. A larger one is better on few tables, and riskier."""
LEAST_ROWS = 500
_LEAST_ROWS_A_CLASS = 20
MOST_MEMBERS = MAX_MEMBERS
"""As many as of a blend, so that a stack makes no model slower than a blend may be."""
_MOST_CELLS = 2_000_000
"""The most predictions that a fit reads; of more, evenly spaced rows are read."""
_STEADY = 1e-6
"""A member that spreads less, relative to the target, gets no coefficient."""
_PENALTY = 10.0
"""The ridge penalty of the coefficients; of values, of the coefficients on a scale where each member's spread is 1."""
_PENALTY_OF_INTERCEPTS = 1e-3
_STEPS = 50
_CLOSE = 1e-6
"""The relative change of the loss at which a fit ends."""


def can_be_stacked(metric: str, rows: int, outputs: int) -> bool:
    """True where a stack may help: probabilities or values without a tuned threshold, and rows enough.

    outputs: the number of classes; 1 for values.
    """
    about = METRICS[metric]
    enough = len(thinned(np.arange(rows), MOST_MEMBERS * outputs)) >= max(LEAST_ROWS, _LEAST_ROWS_A_CLASS * outputs)
    return enough and about.calibration != "threshold" and not np.isfinite(about.lowest_target)


def thinned(rows: Array, cells_a_row: int) -> Array:
    """Evenly spaced ones of the rows, as many as a fit reads."""
    return rows[:: max(1, -(-len(rows) * cells_a_row // _MOST_CELLS))]


def with_best_of_each_learner(weights: Mapping[int, float], learners: Mapping[int, str]) -> tuple[int, ...]:
    """The members of a blend, and after them the best candidate of every learner; at most MOST_MEMBERS.

    learners: the learner of each candidate that may be added, best first.
    """
    best: dict[str, int] = {}
    for index, learner in learners.items():
        best.setdefault(learner, index)
    return tuple(dict.fromkeys([*weights, *best.values()]))[:MOST_MEMBERS]


def fit_stack(predictions: Array, target: Array, weights: Array | None) -> Stack:
    """The coefficients and intercepts with the least squared error, or log loss; none where they are not finite.

    The share is still 0.

    predictions: shape (members, rows) or (members, rows, classes). target: values or class codes.
    """
    shares = np.ones(len(target)) if weights is None else weights / weights.mean()
    if predictions.ndim == 2:
        found = _of_values(predictions.astype(np.float64), target, shares)
    else:
        found = _of_classes(logarithms(predictions.astype(np.float64)), target.astype(np.int64), shares)
    return found if np.isfinite([*found.coefficients, *found.intercepts]).all() else Stack()


def _of_values(values: NDArray[np.float64], target: Array, shares: NDArray[np.float64]) -> Stack:
    """Ridge regression on the members' values (Breiman 1996)."""
    means, mean = np.average(values, axis=1, weights=shares), float(np.average(target, weights=shares))
    spreads = values.std(axis=1)
    spreads[spreads <= _STEADY * target.std()] = np.inf
    scaled = (values - means[:, None]) / spreads[:, None]
    products = (scaled * shares) @ scaled.T + _PENALTY * np.eye(len(values))
    coefficients = np.linalg.solve(products, (scaled * shares) @ (target - mean)) / spreads
    return Stack(coefficients=tuple(coefficients.tolist()), intercepts=(mean - float(coefficients @ means),))


def _of_classes(logs: NDArray[np.float64], target: NDArray[np.int64], shares: NDArray[np.float64]) -> Stack:
    """Multinomial logistic regression, where a member has one coefficient for all classes."""
    members, rows, classes = logs.shape
    truth, places = np.eye(classes)[target], np.arange(rows)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        coefficients, intercepts = parameters[:members], parameters[members:]
        probabilities = softmax(np.tensordot(coefficients, logs, axes=1) + intercepts)
        errors = (probabilities - truth) * shares[:, None]
        value = -float(shares @ np.log(np.maximum(probabilities[places, target], np.finfo(float).tiny)))
        value += _PENALTY / 2 * float(coefficients @ coefficients)
        value += _PENALTY_OF_INTERCEPTS / 2 * float(intercepts @ intercepts)
        slopes = np.tensordot(logs, errors, axes=([1, 2], [0, 1])) + _PENALTY * coefficients
        return value, np.concatenate([slopes, errors.sum(axis=0) + _PENALTY_OF_INTERCEPTS * intercepts])

    start = np.concatenate([np.full(members, 1.0 / members), np.zeros(classes)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": _CLOSE}).x
    return Stack(coefficients=tuple(found[:members].tolist()), intercepts=tuple(found[members:].tolist()))
