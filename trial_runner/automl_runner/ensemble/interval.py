"""A score over parts, and its 95 % interval.

Row noise by a delete-a-group jackknife inside each part (one method for all metrics; Shao and Tu 1995), or the parts'
spread where that is wider. Folds that train on each other's rows err together, so that their mean varies more than
either shows: the variance is corrected for it (Nadeau and Bengio 2003).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.scoring import score

Array = NDArray[Any]
GROUPS = 20
_Z = 1.96


@dataclass(frozen=True)
class ScoredPart:
    """Predictions of rows that nothing was chosen by, as `scoring.score` takes them."""

    target: Array
    prediction: Array
    weights: Array | None
    threshold: float = 0.5


@dataclass(frozen=True)
class Estimate:
    """A score and its 95 % interval."""

    value: float
    low: float
    high: float


def estimate(metric: str, parts: list[ScoredPart], seed: int, *, folds: bool = False) -> Estimate:
    """The mean of the parts' scores, weighted by rows; `folds`: whether each part's models trained on the other parts.

    Raises ValueError when the metric is undefined on every part.
    """
    scores = [_defined(metric, part) for part in parts]
    known = [(part, value) for part, value in zip(parts, scores, strict=True) if value is not None]
    if not known:
        if len(parts) > 1:
            return estimate(metric, [_pooled(parts)], seed)
        return _raise_undefined(metric, parts[0])
    values = np.array([value for _, value in known])
    shares = np.array([len(part.target) for part, _ in known], float)
    shares /= shares.sum()
    generator = np.random.default_rng(seed)
    noise = np.array([_jackknife_variance(metric, part, generator) for part, _ in known])
    value, variance = float(shares @ values), float(shares**2 @ noise)
    if len(values) > 1:
        spread = float(shares @ (values - value) ** 2) / (len(values) - 1)
        variance = max(variance, spread) if len(values) > 2 else variance
    half = _Z * (variance * (_correction(shares) if folds else 1.0)) ** 0.5
    return Estimate(value, value - half, value + half)


def _correction(shares: NDArray[np.float64]) -> float:
    """Nadeau and Bengio's factor: 1 + folds * validation rows / training rows."""
    return 1.0 + float((shares / np.maximum(1.0 - shares, shares.min())).sum())


def _defined(metric: str, part: ScoredPart) -> float | None:
    try:
        return score(metric, part.target, part.prediction, part.weights, part.threshold)
    except ValueError:
        return None  # a part without one of the classes; the others count


def _raise_undefined(metric: str, part: ScoredPart) -> Estimate:
    value = score(metric, part.target, part.prediction, part.weights, part.threshold)
    return Estimate(value, value, value)


def _pooled(parts: list[ScoredPart]) -> ScoredPart:
    weights = None if parts[0].weights is None else np.concatenate([part.weights for part in parts])
    return ScoredPart(
        np.concatenate([part.target for part in parts]),
        np.concatenate([part.prediction for part in parts]),
        weights,
        float(np.mean([part.threshold for part in parts])),
    )


def _jackknife_variance(metric: str, part: ScoredPart, generator: np.random.Generator) -> float:
    """Rows are dealt to groups by chance, those of a class in turn, so that each group has its share of every class."""
    rows = len(part.target)
    groups = min(GROUPS, rows // 2)
    if groups < 2:
        return 0.0
    dealt = np.empty(rows, np.int64)
    order = generator.permutation(rows)
    if part.prediction.ndim == 2:
        order = order[np.argsort(part.target[order], kind="stable")]
    dealt[order] = np.arange(rows) % groups
    kept = [_defined(metric, _take(part, dealt != group)) for group in range(groups)]
    values = np.array([value for value in kept if value is not None])
    if len(values) < 2:
        return 0.0
    return float((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum())


def _take(part: ScoredPart, rows: Array) -> ScoredPart:
    weights = None if part.weights is None else part.weights[rows]
    return ScoredPart(part.target[rows], part.prediction[rows], weights, part.threshold)
