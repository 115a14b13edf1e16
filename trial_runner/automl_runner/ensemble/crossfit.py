"""Chooses members, weights and calibration once for the model, and once without each part for the score.

A part is a fold, or a quarter of a single validation split. The blend that predicts a part is chosen on the other parts
only, and with blocks of time on earlier parts only. This holds for candidates, weights, calibration, and the members'
boosting rounds (their stages). Of blocks, only those whose models trained on at least half of the rows are scored, or
else the newest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.calibration import Calibration, sharpen
from automl_model.scoring import score
from automl_runner.ensemble.calibration import calibrate
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.greedy import select
from automl_runner.ensemble.interval import Estimate, ScoredPart, estimate, pooled
from automl_runner.ensemble.objectives import Objective, reduce_predictions, stratified_rows
from automl_runner.temperature_scaling import LEAST_ROWS, best_temperature, loss_table
from automl_runner.thresholds import best_thresholds, has_threshold

Array = NDArray[Any]
SELECTION_ROWS = 10_000
CALIBRATION_ROWS = 4_000
_SCORED_SHARE = 0.5
MOST_CELLS = 60_000_000
SPLIT_PARTS = 4


@dataclass(frozen=True)
class ValidationTarget:
    """The validation rows of the common folds, one fold after the other. target: values or class codes."""

    metric: str
    folds: tuple[int, ...]
    target: Array
    weights: Array | None
    fold_of: Array
    """Each row's fold, as a place in `folds`."""
    seed: int
    units: Array | None = None
    """For each row, its group or its place in time; None where every row is independent."""
    ordered: bool = False
    """True when units are places in time."""
    trained_shares: tuple[float, ...] = ()
    """For each of `folds`, the share of all rows that its models trained on; empty: all rows."""

    def parts(self) -> tuple[Array, ...]:
        """The rows of each part, by place: folds, or quarters of a single split."""
        if len(self.folds) > 1:
            return tuple(np.flatnonzero(self.fold_of == place) for place in range(len(self.folds)))
        dealt = self._quarters()
        parts = (np.flatnonzero(dealt == part) for part in range(SPLIT_PARTS))
        return tuple(rows for rows in parts if len(rows))

    def _quarters(self) -> Array:
        """Each row's quarter: stratified by the target, by whole groups, or one after the other in time."""
        generator, rows = np.random.default_rng(self.seed), len(self.target)
        if self.units is None:
            dealt = np.empty(rows, np.int64)
            dealt[np.lexsort((generator.random(rows), self.target))] = np.arange(rows) % SPLIT_PARTS
            return dealt
        names, places = np.unique(self.units, return_inverse=True)
        if self.ordered:
            return np.asarray(places * SPLIT_PARTS // len(names))
        return np.asarray(generator.permutation(len(names))[places] % SPLIT_PARTS)

    def scored(self) -> tuple[int, ...]:
        """The places of the parts whose scores count for the published model."""
        everyone = tuple(range(len(self.parts())))
        if not self.ordered or len(self.folds) == 1:
            return everyone
        return tuple(place for place in everyone if self._share(place) >= _SCORED_SHARE) or everyone[-1:]

    def known_before(self, part: int) -> tuple[int, ...]:
        """The parts on which the blend for a part may be chosen. If there are no others, it is the part itself."""
        before = range(part) if self.ordered and len(self.folds) > 1 else range(len(self.parts()))
        return tuple(place for place in before if place != part) or (part,)

    def least_share(self) -> float:
        """The smallest share of the rows that a scored model trained on."""
        places = self.scored() if len(self.folds) > 1 else (0,)
        return min(self._share(place) for place in places)

    def _share(self, place: int) -> float:
        return self.trained_shares[place] if self.trained_shares else 1.0


@dataclass(frozen=True)
class Shortlist:
    """The number of candidates in selection, per learner and in all, best first. More would overfit its rows."""

    per_learner: int = 10
    most: int = 30


@dataclass(frozen=True)
class Choice:
    """Members by their place among the candidates, with weights, and the calibration of their blend.

    Each member's probabilities have a temperature of their own. Otherwise members that are not sure enough (forests
    with many classes) would get no weight, or dilute the others.
    """

    weights: dict[int, float]
    temperatures: dict[int, float]
    calibration: Calibration = field(default_factory=Calibration)

    def blend(self, predictions_of: Callable[[int, float], Array]) -> Array:
        """The weighted mean of the members' predictions, which the function returns at a given temperature."""
        parts = [weight * predictions_of(index, self.temperatures[index]) for index, weight in self.weights.items()]
        return np.asarray(np.sum(parts, axis=0, dtype=np.float64))


@dataclass
class Crossfit:
    """One selection problem: the candidates, the validation rows, and the predictions read so far."""

    candidates: Sequence[EnsembleInput]
    validation: ValidationTarget
    shortlist: Shortlist = Shortlist()
    _whole: dict[int, Array] = field(default_factory=dict, init=False)
    _reduced: Array | None = field(default=None, init=False)
    _reduced_at: dict[int, float] = field(default_factory=dict, init=False)
    """The temperature at which each candidate is in `_reduced`."""
    _losses: dict[int, Array] = field(default_factory=dict, init=False)

    def choose(self) -> Choice:
        """The choice for the model, on all parts."""
        return self._choose(tuple(range(len(self.validation.parts()))))

    def estimate(self) -> Estimate:
        """The score and its interval. The choice that predicts a part is made in the same way, but without the part."""
        validation = self.validation
        scored = [self._scored(part) for part in validation.scored()]
        parts = scored if len(validation.folds) > 1 else [pooled(scored)]
        return estimate(
            validation.metric, parts, validation.seed, ordered=validation.ordered, folds=len(validation.folds) > 1
        )

    def _scored(self, part: int) -> ScoredPart:
        validation, rows = self.validation, self.validation.parts()[part]
        choice = self._choose(validation.known_before(part))
        predicted = choice.blend(
            lambda index, temperature: sharpen(self._honest(index, part=part, rows=rows), temperature)
        )
        return ScoredPart(
            validation.target[rows],
            choice.calibration.apply(predicted),
            None if validation.weights is None else validation.weights[rows],
            choice.calibration.threshold,
            None if validation.units is None else validation.units[rows],
        )

    def _choose(self, chosen_by: tuple[int, ...]) -> Choice:
        """The choice by some parts, among the candidates."""
        temperatures = [self._temperature(index, chosen_by) for index in range(len(self.candidates))]
        matrix = self._matrix(temperatures)
        objective = self._selection[1].of_parts(chosen_by)
        places = self._shortlist(matrix, objective)
        weights = {int(places[index]): weight for index, weight in select(matrix[places], objective).items()}
        choice = Choice(weights, {index: temperatures[index] for index in weights})
        parts = self.validation.parts()
        rows = np.concatenate([parts[part] for part in chosen_by])
        blended = choice.blend(lambda index, temperature: sharpen(self._predictions(index)[rows], temperature))
        own_weights = None if self.validation.weights is None else self.validation.weights[rows]
        calibration = calibrate(self.validation.metric, self.validation.target[rows], blended, own_weights)
        return replace(choice, calibration=calibration)

    def _temperature(self, index: int, chosen_by: tuple[int, ...]) -> float:
        """A candidate's own temperature by some parts; 1 for values that are no probabilities, and on few rows."""
        rows, sample = self._calibration_sample
        if METRICS[self.validation.metric].needs == "values":
            return 1.0
        if sum(len(sample.parts[part]) for part in chosen_by) < LEAST_ROWS:
            return 1.0
        if index not in self._losses:
            self._losses[index] = loss_table(self._of_rows(index, rows), sample.target, sample.weights, sample.parts)
        return best_temperature(self._losses[index][list(chosen_by)].sum(axis=0))

    def _shortlist(self, matrix: Array, objective: Objective) -> Array:
        """The best few of each learner by the objective's rows, in the order of the candidates."""
        scores = np.concatenate([objective.scores(predictions[None]) for predictions in matrix])
        counts: dict[str, int] = {}
        chosen: list[int] = []
        for place in np.argsort(-scores, kind="stable"):
            learner = self.candidates[place].configuration.learner
            counts[learner] = counts.get(learner, 0) + 1
            if counts[learner] <= self.shortlist.per_learner and len(chosen) < self.shortlist.most:
                chosen.append(int(place))
        return np.array(sorted(chosen))

    @cached_property
    def _selection(self) -> tuple[Array, Objective]:
        """The rows on which members are chosen, and the objective on them."""
        return self._sample(SELECTION_ROWS)

    @cached_property
    def _calibration_sample(self) -> tuple[Array, Objective]:
        """The rows that choose the candidates' temperatures: fewer, because each has a single number to choose."""
        return self._sample(CALIBRATION_ROWS)

    def _sample(self, most: int) -> tuple[Array, Objective]:
        """At most so many rows of all parts, and the objective on them."""
        validation = self.validation
        parts = stratified_rows(validation.parts(), most, validation.seed)
        rows = np.concatenate(parts)
        ends = np.cumsum([len(part) for part in parts])
        places = tuple(np.arange(end - len(part), end) for part, end in zip(parts, ends, strict=True))
        weights = None if validation.weights is None else validation.weights[rows]
        return rows, Objective(validation.metric, validation.target[rows], weights, places)

    def _matrix(self, temperatures: Sequence[float]) -> Array:
        """All candidates' predictions at these temperatures, reduced to the objective's needs; valid until the next call."""
        rows, objective = self._selection
        for index, temperature in enumerate(temperatures):
            if self._reduced_at.get(index) != temperature:
                predicted = sharpen(self._of_rows(index, rows), temperature)
                reduced = reduce_predictions(objective.metric, predicted, objective.target)[0]
                if self._reduced is None:
                    self._reduced = np.empty((len(temperatures), *reduced.shape), np.float32)
                self._reduced[index], self._reduced_at[index] = reduced, temperature
        assert self._reduced is not None
        return self._reduced

    def _predictions(self, index: int) -> Array:
        """A member's predictions for all rows, kept for the next choice."""
        if index not in self._whole:
            self._whole[index] = self._assemble(index)
        return self._whole[index]

    def _of_rows(self, index: int, rows: Array) -> Array:
        """A candidate's predictions for some validation rows; no others are read."""
        fold_of, result = self.validation.fold_of[rows], None
        for place, fold in enumerate(self.validation.folds):
            own = np.flatnonzero(fold_of == place)
            first = int(np.searchsorted(self.validation.fold_of, place))
            predicted = self.candidates[index].predictions(fold)[rows[own] - first]
            if result is None:
                result = np.empty((len(rows), *predicted.shape[1:]), np.float32)
            result[own] = predicted
        assert result is not None
        return result

    def _assemble(self, index: int) -> Array:
        return np.concatenate([self.candidates[index].predictions(fold) for fold in self.validation.folds])

    def _honest(self, index: int, part: int, rows: Array) -> Array:
        """A member's predictions for a part, at the rounds that the other parts would have chosen."""
        candidate, validation = self.candidates[index], self.validation
        if len(validation.folds) == 1:
            return self._honest_split(candidate, rows)
        others = [validation.folds[place] for place in validation.known_before(part)]
        stage = (
            candidate.best_stage(validation.metric, others)
            if candidate.folds[validation.folds[part]].stage_rounds
            else None
        )
        if stage is None:
            return self._predictions(index)[rows]
        return candidate.staged(validation.folds[part], stage)

    def _honest_split(self, candidate: EnsembleInput, rows: Array) -> Array:
        fold = self.validation.folds[0]
        others = np.setdiff1d(np.arange(len(self.validation.target)), rows)
        stages = len(candidate.folds[fold].stage_rounds)
        if stages == 0 or len(others) == 0:
            return candidate.predictions(fold)[rows]
        scores = [self._score(candidate.staged(fold, stage)[others], others) for stage in range(stages)]
        return candidate.staged(fold, int(np.argmax(scores)))[rows]

    def _score(self, predictions: Array, rows: Array) -> float:
        metric, target = self.validation.metric, self.validation.target[rows]
        weights = None if self.validation.weights is None else self.validation.weights[rows]
        if has_threshold(metric, predictions):
            return float(best_thresholds(metric, predictions[None, :, 1], target, weights)[0][0])
        try:
            value = score(metric, target, predictions, weights)
        except ValueError:
            return -np.inf  # undefined at this stage: it is not chosen
        return METRICS[metric].sign * value


def fit_in_memory(
    candidates: Sequence[EnsembleInput], metric: str, folds: Sequence[int], cells_each: int
) -> list[EnsembleInput]:
    """The best candidates by mean score, as many as memory allows. `cells_each`: the numbers to keep per candidate."""
    most = max(Shortlist().most, MOST_CELLS // max(1, cells_each))
    sign = METRICS[metric].sign
    ranked = sorted(candidates, key=lambda candidate: -sign * candidate.mean_score(folds))
    kept = {id(candidate) for candidate in ranked[:most]}
    return [candidate for candidate in candidates if id(candidate) in kept]
