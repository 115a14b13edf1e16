"""Computes the user's metric for many blends at once, as selection needs it: fast, and greater is better.

Selection scores thousands of blends, so the common metrics are computed for a batch in a few array operations;
`automl_model.scoring` remains the definition, and tests compare the two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.ranks import midranks
from automl_model.scoring import expected_squares, relative_errors, score
from automl_runner.thresholds import best_thresholds

Array = NDArray[Any]
BatchScorer = Callable[[Array, Array, Array | None], Array]
_TINY = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Objective:
    """A metric over parts of the rows: the weighted mean of the parts' scores, signed so that greater is better.

    Blends have shape (batch, rows), or (batch, rows, classes) for more than two classes. For two classes they hold the
    probability of the positive class.
    """

    metric: str
    target: Array
    weights: Array | None
    parts: tuple[Array, ...]
    """Row numbers of each part."""

    def of_parts(self, numbers: Sequence[int]) -> "Objective":
        """The same objective over some of the parts."""
        return Objective(self.metric, self.target, self.weights, tuple(self.parts[number] for number in numbers))

    def scores(self, blends: Array) -> Array:
        """The score of each blend, shape (batch,).

        Parts where the metric is undefined are left out. A blend without a defined part scores -inf.
        """
        table = self.table(blends)
        weights = np.ones(len(self.target)) if self.weights is None else self.weights
        sizes = np.array([weights[rows].sum() for rows in self.parts], float)
        known = np.isfinite(table)
        sums = np.where(known, table, 0.0) @ sizes
        shares = known @ sizes
        return np.where(shares > 0, sums / np.maximum(shares, np.finfo(float).tiny), -np.inf)

    def table(self, blends: Array) -> Array:
        """The score of each blend on each part, NaN where undefined: shape (batch, parts)."""
        return np.stack([self._part(blends, rows) for rows in self.parts], axis=1)

    def _part(self, blends: Array, rows: Array) -> Array:
        weights = None if self.weights is None else self.weights[rows]
        taken, target = blends[:, rows], self.target[rows]
        metric = METRICS[self.metric]
        if metric.calibration == "threshold" and taken.ndim == 2:
            return best_thresholds(self.metric, taken, target, weights)[0]
        if self.metric in UNWEIGHTED and weights is None:
            return metric.sign * UNWEIGHTED[self.metric](taken, target)
        if self.metric in WEIGHTED:
            return metric.sign * WEIGHTED[self.metric](taken, target, weights)
        return np.array([metric.sign * _defined(self.metric, target, blend, weights) for blend in taken])


def reduce_predictions(metric: str, predictions: Array, target: Array) -> tuple[Array, Array]:
    """The part of the predictions that blends need, and the target that belongs to it.

    The true class's probability has shape (rows,) for any number of classes.
    """
    if METRICS[metric].true_class_only:
        return predictions[np.arange(len(target)), target.astype(np.int64)], target
    if predictions.ndim == 2 and predictions.shape[1] == 2:
        return predictions[:, 1], target
    return predictions, target


def _defined(metric: str, target: Array, blend: Array, weights: Array | None) -> float:
    full = np.column_stack([1.0 - blend, blend]) if METRICS[metric].needs != "values" and blend.ndim == 1 else blend
    try:
        return score(metric, target, full, weights)
    except ValueError:
        return float("nan")  # undefined on this part; `scores` leaves it out


def _roc_auc(blends: Array, target: Array) -> Array:
    """Areas from sorted integers: the bits of positive floats sort like the floats, and the last bit holds the label.

    Ties are broken once for and once against the positive class, so that the mean counts them half.
    """
    label = (target == 1).astype(np.uint32)
    positives = int(label.sum())
    negatives = len(label) - positives
    if positives == 0 or negatives == 0:
        return np.full(len(blends), np.nan)
    bits = np.ascontiguousarray(np.maximum(blends, 0.0), np.float32).view(np.uint32) << np.uint32(1)
    ranks = np.arange(1, len(label) + 1, dtype=np.float64)
    up = (np.sort(bits | label, axis=1) & 1).astype(np.float64) @ ranks
    down = (1 - (np.sort(bits | (1 - label), axis=1) & 1).astype(np.float64)) @ ranks
    areas: Array = ((up + down) / 2 - positives * (positives + 1) / 2) / (positives * negatives)
    return areas


def _mean(values: Array, weights: Array | None) -> Array:
    return np.asarray(np.average(values, axis=1, weights=weights))


def _log_loss(blends: Array, _target: Array, weights: Array | None) -> Array:
    return _mean(-np.log(np.clip(blends, _TINY, 1.0)), weights)


def _mse(blends: Array, target: Array, weights: Array | None) -> Array:
    return _mean((blends - target) ** 2, weights)


def _rmse(blends: Array, target: Array, weights: Array | None) -> Array:
    return np.asarray(np.sqrt(_mse(blends, target, weights)))


def _mae(blends: Array, target: Array, weights: Array | None) -> Array:
    return _mean(np.abs(blends - target), weights)


def _smape(blends: Array, target: Array, weights: Array | None) -> Array:
    return _mean(relative_errors(target, blends), weights)


def _rmsle(blends: Array, target: Array, weights: Array | None) -> Array:
    return _rmse(np.log1p(np.maximum(blends, 0.0)), np.log1p(target), weights)


def _spearman(blends: Array, target: Array, weights: Array | None) -> Array:
    ranks, true = midranks(blends, weights), midranks(target[None], weights)
    ranks, true = (found - _mean(found, weights)[:, None] for found in (ranks, true))
    spreads, spread = _mean(ranks**2, weights), _mean(true**2, weights)
    if spread[0] == 0:
        return np.full(len(blends), np.nan)
    found = _mean(ranks * true, weights) / np.sqrt(np.where(spreads > 0, spreads, 1.0) * spread)
    return np.asarray(found)


def _accuracy(blends: Array, target: Array, weights: Array | None) -> Array:
    return _mean(_labels(blends) == target, weights)


def _quadratic_kappa(blends: Array, target: Array, weights: Array | None) -> Array:
    label = _labels(blends)
    return np.asarray(1.0 - _mse(label, target, weights) / expected_squares(target, label, weights))


def _labels(blends: Array) -> Array:
    """The likeliest class of each row; for two classes the positive one where it has at least half."""
    return np.asarray(blends >= 0.5 if blends.ndim == 2 else blends.argmax(axis=2))


UNWEIGHTED: dict[str, Callable[[Array, Array], Array]] = {"roc_auc": _roc_auc}
WEIGHTED: dict[str, BatchScorer] = {
    "log_loss": _log_loss,
    "accuracy": _accuracy,
    "f1_micro": _accuracy,
    "quadratic_kappa": _quadratic_kappa,
    "mse": _mse,
    "rmse": _rmse,
    "mae": _mae,
    "smape": _smape,
    "rmsle": _rmsle,
    "spearman": _spearman,
}
"""Fast functions for the common metrics, optional for a new one; the others are computed blend by blend."""


def stratified_rows(parts: Sequence[Array], most: int, seed: int) -> tuple[Array, ...]:
    """At most `most` rows over all parts, drawn from each in proportion, ascending."""
    total = sum(len(rows) for rows in parts)
    if total <= most:
        return tuple(parts)
    generator = np.random.default_rng(seed)
    sizes = [max(1, len(rows) * most // total) for rows in parts]
    return tuple(np.sort(generator.choice(rows, size, replace=False)) for rows, size in zip(parts, sizes, strict=True))
