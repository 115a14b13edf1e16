"""Chooses the threshold of the positive class for metrics of labels: 0.5 is a bad choice if one class is rare.

A row is never scored at a threshold that its own label helped to choose.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS

Array = NDArray[Any]
FEWEST = 10
"""With fewer rows of a class, chance would choose the threshold."""


def has_threshold(metric: str, prediction: Array) -> bool:
    """True when a metric of these predictions depends on a threshold that must be chosen."""
    return METRICS[metric].calibration == "threshold" and prediction.ndim == 2 and prediction.shape[1] == 2


def fold_thresholds(
    metric: str, target: Array, prediction: Array, weights: Array | None, prevalence: float
) -> NDArray[np.float64]:
    """The threshold at which each row of a fold is scored, shape (rows,): the best one for the other half of the rows.

    If either class has too few rows, it is the threshold at which the predicted positive share equals `prevalence`, the
    positive share of the training rows. prediction: probabilities, shape (rows, 2).
    """
    weights = np.ones(len(target)) if weights is None else weights
    counts = np.bincount(target.astype(np.int64), minlength=2)
    if counts.min() < FEWEST:
        return np.full(len(target), _at_prevalence(prediction[:, 1], weights, prevalence))
    half = halves(target)
    thresholds = np.empty(len(target))
    for own in (half, ~half):
        others = ~own
        _, found = best_thresholds(metric, prediction[None, others, 1], target[others], weights[others])
        thresholds[own] = found[0]
    return thresholds


def halves(target: Array) -> NDArray[np.bool_]:
    """True for one half of the rows of each class, drawn with a fixed seed."""
    order = np.lexsort((np.random.default_rng(0).random(len(target)), target))
    half = np.zeros(len(target), np.bool_)
    half[order[::2]] = True
    return half


def _at_prevalence(positive: Array, weights: Array, prevalence: float) -> float:
    order = np.argsort(-positive, kind="stable")
    flagged = np.cumsum(weights[order]) / weights.sum()
    last = int(np.clip(np.searchsorted(flagged, prevalence, side="left"), 0, len(order) - 1))
    return float(positive[order[last]])


def best_thresholds(metric: str, blends: Array, target: Array, weights: Array | None) -> tuple[Array, Array]:
    """The best score of each blend over all thresholds, and a threshold that reaches it: two arrays, shape (batch,)."""
    weights = np.ones(len(target)) if weights is None else weights
    order = np.argsort(-blends, axis=1, kind="stable")
    ordered = np.take_along_axis(blends, order, axis=1)
    positive = ((target == 1) * weights)[order]
    hit, flagged = np.cumsum(positive, axis=1), np.cumsum(weights[order], axis=1)
    cut = np.ones(ordered.shape, bool)
    cut[:, :-1] = ordered[:, :-1] > ordered[:, 1:]
    wrong = flagged - hit
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = FROM_COUNTS[metric](hit, wrong, hit[:, -1:], wrong[:, -1:])
    values = np.where(cut, scores, -np.inf)
    place = values.argmax(axis=1)
    rows = np.arange(len(blends))
    below = ordered[rows, np.minimum(place + 1, ordered.shape[1] - 1)]
    at = ordered[rows, place]
    return values[rows, place], np.where(below < at, (at + below) / 2, at)


def _f1(hit: Array, wrong: Array, positives: Array, _negatives: Array) -> Array:
    return np.asarray(np.nan_to_num(2 * hit / (2 * hit + wrong + (positives - hit))))


def _balanced_accuracy(hit: Array, wrong: Array, positives: Array, negatives: Array) -> Array:
    return np.asarray(np.nan_to_num((hit / positives + (negatives - wrong) / negatives) / 2))


def _mcc(hit: Array, wrong: Array, positives: Array, negatives: Array) -> Array:
    missed, right = positives - hit, negatives - wrong
    product = (hit + wrong) * (hit + missed) * (right + wrong) * (right + missed)
    return np.asarray(np.nan_to_num((hit * right - wrong * missed) / np.sqrt(product), posinf=0.0, neginf=0.0))


FROM_COUNTS: dict[str, Callable[[Array, Array, Array, Array], Array]] = {
    "f1": _f1,
    "balanced_accuracy": _balanced_accuracy,
    "mcc": _mcc,
}
"""Each metric, computed from the weights of true positives, false positives, all positives and all negatives."""
