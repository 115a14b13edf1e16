"""A score over parts, and its 95 % interval on fresh data of the same kind.

Independent units are resampled: rows, or whole groups. This is a delete-a-group jackknife inside each part, one method
for all metrics (Shao and Tu 1995); where the parts' spread is wider, the spread counts. Data that is ordered in time is
cut into blocks. Blocks differ by more than their noise, and so will the next block, for which the model is made. The
interval is therefore a prediction interval (a random-effects model; Higgins et al. 2009). The quantiles are Student's,
with the degrees of freedom of the resampling.
"""

from dataclasses import dataclass
from math import ceil, exp, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from automl_api.metrics import METRICS
from automl_model.scoring import score

Array = NDArray[Any]
GROUPS = 20
_NOTHING = 1e-12
_FURTHEST = 50.0
"""The largest exponent of a factor; a wider interval would not say more."""
BLOCKS = 6
"""The fewest pieces of time that a prediction interval needs."""
_LEVEL = 0.975
_FAR = 4.0
"""The correlation, in standard errors from 0, at which half of the shared noise is gone; chance reaches three."""


@dataclass(frozen=True)
class ScoredPart:
    """Predictions for rows that were not used for any choice, as `scoring.score` takes them.

    units: for each row the number of its group, or its place in time; None where every row is independent.
    """

    target: Array
    prediction: Array
    weights: Array | None
    threshold: float | Array = 0.5
    units: Array | None = None

    @property
    def weight(self) -> float:
        """The weight of all rows."""
        return float(len(self.target) if self.weights is None else self.weights.sum())

    def take(self, rows: Array) -> "ScoredPart":
        """Some of the rows."""
        return ScoredPart(
            self.target[rows],
            self.prediction[rows],
            None if self.weights is None else self.weights[rows],
            self.threshold if isinstance(self.threshold, float) else self.threshold[rows],
            None if self.units is None else self.units[rows],
        )


@dataclass(frozen=True)
class Estimate:
    """A score and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class _Variance:
    """A variance and the degrees of freedom that it was estimated with."""

    value: float
    freedom: float


def estimate(
    metric: str, parts: list[ScoredPart], seed: int, *, ordered: bool = False, folds: bool = False
) -> Estimate:
    """The mean of the parts' scores, by their weight, and its interval.

    ordered: units are places in time, and so are the parts. folds: each part's models trained on the other parts.
    Raises ValueError when the metric is undefined on every part.
    """
    defined = [(part, value) for part in parts if (value := _defined(metric, part)) is not None]
    if not defined:
        if len(parts) > 1:
            return estimate(metric, [pooled(parts)], seed, ordered=ordered)
        value = score(metric, parts[0].target, parts[0].prediction, parts[0].weights, parts[0].threshold)
        return Estimate(value, value, value)
    known = [part for part, _ in defined]
    shares = _shares(known)
    value = float(shares @ np.array([found for _, found in defined]))
    variance = _ahead(metric, known, seed) if ordered else _resampled(metric, known, seed)
    shared = _shared_noise(known) if folds and not ordered else 1.0
    half = float(stdtrit(variance.freedom, _LEVEL)) * (shared * variance.value) ** 0.5
    return Estimate(value, *around(metric, value, half))


def _shares(parts: list[ScoredPart]) -> NDArray[np.float64]:
    weights = np.array([part.weight for part in parts])
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _resampled(metric: str, parts: list[ScoredPart], seed: int) -> _Variance:
    """The variance of the parts' mean, for independent rows or groups: by resampling, or by the parts' spread."""
    generator, shares = np.random.default_rng(seed), _shares(parts)
    found = [_jackknife(metric, part, _dealt(part, generator)) for part in parts]
    noise = float(shares**2 @ [variance.value for variance in found])
    if len(parts) > 2:
        noise = max(noise, _spread(metric, parts) * float(shares @ shares))
    freedom = max(1.0, sum(variance.freedom for variance in found))
    return _Variance(noise * _few(freedom), freedom)


def _shared_noise(parts: list[ScoredPart]) -> float:
    """The factor by which the variance grows because folds train on each other's rows (Nadeau and Bengio 2003).

    Models that learn only noise repeat each chance association in every fold. Models that predict well do not depend on
    single rows. So the factor depends on the correlation of the predictions with the target: by chance it is near 0.
    """
    if len(parts) < 2:
        return 1.0
    whole = pooled(parts)
    target, predicted = np.asarray(whole.target, float), whole.prediction
    if predicted.ndim == 2:
        target = np.equal.outer(whole.target, np.arange(predicted.shape[1])).astype(float)
    target, predicted = target - target.mean(axis=0), predicted - predicted.mean(axis=0)
    spread = float((target**2).sum() * (predicted**2).sum()) ** 0.5
    correlation = max(0.0, float((target * predicted).sum()) / spread) if spread > 0.0 else 0.0
    far = correlation * len(whole.target) ** 0.5 / _FAR
    return float(1.0 + len(parts) / (len(parts) - 1.0) / (1.0 + far**2))


def _ahead(metric: str, parts: list[ScoredPart], seed: int) -> _Variance:
    """The variance of the score of the next part in time, around the mean of the known parts."""
    pieces_a_part = ceil(BLOCKS / len(parts))
    pieces = [piece for part in parts for piece in _cut(part, pieces_a_part) if _defined(metric, piece) is not None]
    if len(pieces) < 2:
        return _resampled(metric, parts, seed)
    noises = [_jackknife(metric, piece, _in_time(piece, GROUPS // 2)).value for piece in pieces]
    freedom = len(pieces) - 1.0
    effect, noise = _divided(metric, _spread(metric, pieces), float(_shares(pieces) @ noises))
    effect *= _few(freedom)
    return _Variance(effect * (1.0 / len(pieces) + 1.0 / pieces_a_part) + noise / len(pieces), freedom)


def _divided(metric: str, spread: float, noise: float) -> tuple[float, float]:
    """The variance between pieces of time, and their noise. `noise` is the spread that rows alone explain.

    Errors are skewed, and a few pieces seldom show their whole spread. So their variance is never estimated as 0
    (Hartung and Makambi 2003). For a bounded metric the jackknife overstates the noise in small pieces. So if the
    spread is smaller, the noise is the mean of both.
    """
    if METRICS[metric].is_bounded:
        return max(0.0, spread - noise), (noise + min(noise, spread)) / 2.0
    return (spread**2 / (spread + 2.0 * noise) if spread > 0.0 else 0.0), noise


def _few(freedom: float) -> float:
    """The factor that corrects a variance of few skewed values, such as errors of groups or blocks (decisions/0003)."""
    return (freedom + 2.0) / freedom


def _spread(metric: str, parts: list[ScoredPart]) -> float:
    """The variance of the parts' scores. There must be at least two parts."""
    values, shares = np.array([_defined(metric, part) for part in parts], float), _shares(parts)
    return float(shares @ (values - shares @ values) ** 2) / (1.0 - float(shares @ shares))


def _defined(metric: str, part: ScoredPart) -> float | None:
    try:
        return score(metric, part.target, part.prediction, part.weights, part.threshold)
    except ValueError:
        return None  # a part without one of the classes; the others count


def pooled(parts: list[ScoredPart]) -> ScoredPart:
    """All parts joined into one."""

    def joined(values: list[Any]) -> Array | None:
        return None if values[0] is None else np.concatenate(values)

    thresholds = [np.broadcast_to(part.threshold, len(part.target)) for part in parts]
    target, prediction = (np.concatenate(both) for both in zip(*((p.target, p.prediction) for p in parts), strict=True))
    weights, units = joined([part.weights for part in parts]), joined([part.units for part in parts])
    return ScoredPart(target, prediction, weights, np.concatenate(thresholds), units)


def _jackknife(metric: str, part: ScoredPart, dealt: Array) -> _Variance:
    """The variance of one part's score, with each group of rows left out in turn. `dealt`: each row's group, from 0."""
    kept = [_defined(metric, part.take(dealt != group)) for group in range(int(dealt.max(initial=0)) + 1)]
    values = np.array([value for value in kept if value is not None])
    if len(values) < 2:
        return _Variance(0.0, 0.0)
    return _Variance(jackknife_variance(values), len(values) - 1.0)


def jackknife_variance(values: NDArray[np.float64]) -> float:
    """The variance of a score, by its values with each group of rows left out in turn."""
    return (len(values) - 1) / len(values) * float(((values - values.mean()) ** 2).sum())


def _dealt(part: ScoredPart, generator: np.random.Generator) -> Array:
    """A random group for each row. Units stay whole; without units, each group has its share of every class."""
    if part.units is not None:
        names, places = np.unique(part.units, return_inverse=True)
        return generator.permutation(len(names))[places] % max(1, min(GROUPS, len(names)))
    rows = len(part.target)
    dealt = np.empty(rows, np.int64)
    order = generator.permutation(rows)
    if part.prediction.ndim == 2:
        order = order[np.argsort(part.target[order], kind="stable")]
    dealt[order] = np.arange(rows) % max(1, min(GROUPS, rows // 2))
    return dealt


def _in_time(part: ScoredPart, most: int) -> Array:
    """Each row's group: at most `most` groups, one after the other in time. Equal times stay together."""
    assert part.units is not None
    names, places = np.unique(part.units, return_inverse=True)
    groups = min(most, len(names))
    result: Array = places * groups // max(1, len(names))
    return result


def _cut(part: ScoredPart, pieces: int) -> list[ScoredPart]:
    """A part cut into pieces of time."""
    places = _in_time(part, pieces)
    return [part.take(np.flatnonzero(places == piece)) for piece in range(int(places.max(initial=0)) + 1)]


def around(metric: str, value: float, half: float) -> tuple[float, float]:
    """The interval around a value, within the metric's range. `half` is its half width where it is symmetric.

    For errors the interval of the logarithm is symmetric (the delta method), because errors of few groups or blocks are
    skewed.
    """
    lowest, highest = METRICS[metric].bounds
    if isfinite(highest):
        return max(lowest, value - half), min(highest, value + half)
    if value <= _NOTHING:
        return 0.0, value + half
    factor = exp(min(_FURTHEST, half / value))
    return value / factor, value * factor
