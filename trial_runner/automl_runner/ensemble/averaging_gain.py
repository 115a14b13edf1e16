"""Measures by how much the average of the folds' models is better than one of them, and adds it to the score.

The cross-fitted score is that of single models: each row is predicted by the one model that was not trained on it. The
published model averages the models of all folds. Shared rows (`prepare.shared_rows`) are left out by both folds of a
pair, so there the average of two models is compared with each. To average m models gains 2 (1 - 1 / m) times as much,
because the variance falls with 1 / m (Krogh and Vedelsby 1995).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from automl_api.metrics import METRICS
from automl_model.calibration import sharpen
from automl_model.scoring import score
from automl_runner.ensemble.choice import Choice
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.interval import GROUPS, Estimate, jackknife_variance
from automl_runner.prepared import Prepared, partner

Array = NDArray[Any]
_LEVEL = 0.975
_LEAST_FACTOR = 0.5
"""The least factor of an error: no average is believed to halve it."""


@dataclass(frozen=True)
class Gain:
    """The gain of averaging, with its variance: an addition to a score, or to the logarithm of an error."""

    value: float = 0.0
    variance: float = 0.0

    def shrunk(self) -> "Gain":
        """The gain times the part of its square that is not noise, so that what is within its noise hardly counts."""
        share = self.value**2 / (self.value**2 + self.variance) if self.value else 0.0
        return Gain(share * self.value, share**2 * self.variance)

    def added_to(self, estimate: Estimate, metric: str) -> Estimate:
        """The score of the average, and its interval, which the noise of the gain widens."""
        half = float(stdtrit(GROUPS - 1, _LEVEL)) * self.variance**0.5
        lowest, highest = METRICS[metric].bounds
        if _is_error(metric):
            if estimate.low <= 0.0:
                return estimate
            value = estimate.value * exp(self.value)
            below, above = log(estimate.value / estimate.low), log(estimate.high / estimate.value)
            return Estimate(value, value * exp(-np.hypot(below, half)), value * exp(np.hypot(above, half)))
        value = min(highest, max(lowest, estimate.value + self.value))
        below, above = estimate.value - estimate.low, estimate.high - estimate.value
        low, high = value - np.hypot(below, half), value + np.hypot(above, half)
        return Estimate(value, max(lowest, float(low)), min(highest, float(high)))


@dataclass(frozen=True)
class SharedRows:
    """The shared rows of a pair of folds, and the ensemble's predictions: of either fold's models, and of both."""

    target: Array
    weights: Array | None
    first: Array
    second: Array
    averaged: Array
    """By the members' means over both folds."""

    @property
    def weight(self) -> float:
        """The weight of all rows."""
        return float(len(self.target) if self.weights is None else self.weights.sum())

    def take(self, rows: Array) -> "SharedRows":
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return SharedRows(self.target[rows], weights, self.first[rows], self.second[rows], self.averaged[rows])


def shared_rows_of(
    prepared: Prepared, candidates: Sequence[EnsembleInput], choice: Choice, folds: Sequence[int]
) -> list[SharedRows]:
    """Each pair's shared rows with their predictions; empty where a member has none for them."""
    found = []
    for first in folds:
        second = partner(first)
        if first > second or second not in folds:
            continue
        halves = [prepared.shared_rows(fold) for fold in (first, second)]
        rows = np.concatenate(halves)
        both = [_members(prepared, candidates, choice, fold) for fold in (first, second)]
        if len(rows) == 0 or both[0] is None or both[1] is None:
            continue
        # The second fold's own rows come first in its predictions.
        turned = np.concatenate([both[1][:, len(halves[1]) :], both[1][:, : len(halves[1])]], axis=1)
        one, other, averaged = (
            choice.mixed(members, choice.stack.share) for members in (both[0], turned, (both[0] + turned) / 2.0)
        )
        found.append(SharedRows(prepared.target[rows], prepared.weights_of(rows), one, other, averaged))
    return found


def _members(prepared: Prepared, candidates: Sequence[EnsembleInput], choice: Choice, fold: int) -> Array | None:
    """The members' predictions by a fold's models for its own shared rows, and then for those of its partner."""
    places = np.searchsorted(prepared.fold_rows(fold)[1], prepared.shared_rows(fold))
    foreign = {index: candidates[index].shared(fold) for index in choice.weights}
    if any(predicted is None for predicted in foreign.values()):
        return None

    def predictions_of(index: int, temperature: float) -> Array:
        return sharpen(np.concatenate([candidates[index].predictions(fold)[places], foreign[index]]), temperature)

    return choice.members(predictions_of)


def averaging_gain(metric: str, pairs: Sequence[SharedRows], threshold: float, models: int, seed: int) -> Gain:
    """The gain of averaging so many models, with its variance by a delete-a-group jackknife over the shared rows."""

    def gain(of: Sequence[SharedRows]) -> float | None:
        return _gain(metric, of, threshold, models)

    whole = gain(pairs)
    if whole is None:
        return Gain()
    generator = np.random.default_rng(seed)
    dealt = [_dealt(pair.target, generator) for pair in pairs]
    without = [
        gain([pair.take(groups != group) for pair, groups in zip(pairs, dealt, strict=True)]) for group in range(GROUPS)
    ]
    values = np.array([value for value in without if value is not None])
    if len(values) < 2:
        return Gain()
    return Gain(whole, jackknife_variance(values)).shrunk()


def _gain(metric: str, pairs: Sequence[SharedRows], threshold: float, models: int) -> float | None:
    """See averaging_gain; None where the metric is undefined on all pairs."""
    known = [(pair.weight, scores) for pair in pairs if (scores := _scores(metric, pair, threshold)) is not None]
    if not known:
        return None
    single, averaged = np.average([s for _, s in known], axis=0, weights=[weight for weight, _ in known])
    times = 2.0 * (1.0 - 1.0 / models)
    if not _is_error(metric):
        return float(times * (averaged - single))
    return log(max(_LEAST_FACTOR, 1.0 + times * (averaged / single - 1.0))) if single > 0.0 else 0.0


def _scores(metric: str, pair: SharedRows, threshold: float) -> tuple[float, float] | None:
    """The mean score of the two folds' models, and the score of their average."""
    predictions = (pair.first, pair.second, pair.averaged)
    try:
        first, second, averaged = (score(metric, pair.target, p, pair.weights, threshold) for p in predictions)
    except ValueError:
        return None  # one class only; the other pairs count
    return (first + second) / 2.0, averaged


def _dealt(target: Array, generator: np.random.Generator) -> Array:
    """A random group for each row; each group has its share of every class."""
    order = np.lexsort((generator.random(len(target)), target))
    dealt = np.empty(len(target), np.int64)
    dealt[order] = np.arange(len(target)) % GROUPS
    return dealt


def _is_error(metric: str) -> bool:
    return not np.isfinite(METRICS[metric].bounds[1])
