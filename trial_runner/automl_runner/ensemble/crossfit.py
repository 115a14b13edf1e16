"""Chooses members, weights and calibration once for the model, and once without each part for the score.

The model that predicts a part is chosen on the other parts only, and with blocks of time on earlier parts only. This
holds for candidates, weights, calibration, stack, and the members' boosting rounds (their stages).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.calibration import sharpen
from automl_model.scoring import score
from automl_runner.ensemble.calibration import calibrate
from automl_runner.ensemble.choice import Choice
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.greedy import select
from automl_runner.ensemble.interval import Estimate, ScoredPart, estimate, pooled
from automl_runner.ensemble.objectives import Objective, reduce_predictions, stratified_rows
from automl_runner.ensemble.stacking import SHARES, can_be_stacked, fit_stack, thinned, with_best_of_each_learner
from automl_runner.ensemble.validation_target import ValidationTarget
from automl_runner.temperature_scaling import LEAST_ROWS, best_temperature, loss_table
from automl_runner.thresholds import best_thresholds, has_threshold

Array = NDArray[Any]
SELECTION_ROWS = 10_000
CALIBRATION_ROWS = 4_000
MOST_CELLS = 60_000_000
MOST_STACKED_CELLS = 2_000_000
"""The most predictions of a member for one part with which a stack is tried."""


@dataclass(frozen=True)
class Shortlist:
    """The number of candidates in selection, per learner and in all, best first. More would overfit its rows."""

    per_learner: int = 10
    most: int = 30


@dataclass
class Crossfit:
    """One selection problem: the candidates, the validation rows, and the predictions read so far."""

    candidates: Sequence[EnsembleInput]
    validation: ValidationTarget
    shortlist: Shortlist = Shortlist()
    held_rows: int = 0
    """The rows of the holdout, which the choice will predict."""
    _whole: dict[int, Array] = field(default_factory=dict, init=False)
    _reduced: Array | None = field(default=None, init=False)
    _reduced_at: dict[int, float] = field(default_factory=dict, init=False)
    """The temperature at which each candidate is in `_reduced`."""
    _losses: dict[int, Array] = field(default_factory=dict, init=False)
    _choices: dict[tuple[int, ...], Choice] = field(default_factory=dict, init=False)
    """By the parts that they were chosen by."""

    def choose(self) -> Choice:
        """The choice for the model, on all parts."""
        return self._choose(tuple(range(len(self.validation.parts())))).with_share(self._share)

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
        choice = self._choose(validation.known_before(part)).with_share(self._share)
        return ScoredPart(
            validation.target[rows],
            choice.predict(self._honest_of(part)),
            None if validation.weights is None else validation.weights[rows],
            choice.calibration.threshold,
            None if validation.units is None else validation.units[rows],
        )

    def _honest_of(self, part: int) -> Callable[[int, float], Array]:
        """The function that returns a candidate's honest predictions for a part at a temperature."""
        rows = self.validation.parts()[part]
        return lambda index, temperature: sharpen(self._honest(index, part=part, rows=rows), temperature)

    @cached_property
    def _share(self) -> float:
        """The share of the stack: the best of a few on parts that neither blend nor stack was chosen on; 0 for none.

        One of three values is chosen on all parts, so the score is hardly too good for that.
        """
        found: list[NDArray[np.float64]] = []
        for part in range(len(self.validation.parts())):
            choice = self._choose(self.validation.known_before(part))
            if not choice.stack.coefficients:
                return 0.0
            rows, members = self.validation.parts()[part], choice.members(self._honest_of(part))
            scores = [self._score(choice.mixed(members, share), rows) for share in (0.0, *SHARES)]
            if np.isfinite(scores[0]):
                found.append(self._weight_of(rows) * np.array(scores))
        return (0.0, *SHARES)[int(np.sum(found, axis=0).argmax())] if found else 0.0

    def _weight_of(self, rows: Array) -> float:
        return float(len(rows) if self.validation.weights is None else self.validation.weights[rows].sum())

    def _choose(self, chosen_by: tuple[int, ...]) -> Choice:
        """The choice by some parts, among the candidates, with a stack whose share is not chosen yet."""
        if chosen_by not in self._choices:
            temperatures = [self._temperature(index, chosen_by) for index in range(len(self.candidates))]
            blend = self._choose_blend(chosen_by, temperatures)
            self._choices[chosen_by] = (
                self._stacked(blend, chosen_by, temperatures) if self._can_be_stacked() else blend
            )
        return self._choices[chosen_by]

    def _can_be_stacked(self) -> bool:
        validation = self.validation
        if len(self.candidates) < 2 or len(validation.folds) == 1 or validation.ordered:
            return False
        cells = max(self.held_rows, *map(len, validation.parts())) * self._outputs
        rows = min(SELECTION_ROWS, len(validation.target))
        return can_be_stacked(validation.metric, rows, self._outputs) and cells <= MOST_STACKED_CELLS

    @cached_property
    def _outputs(self) -> int:
        """The numbers that a candidate predicts for a row."""
        return math.prod(self._of_rows(0, np.arange(1)).shape[1:])

    def _stacked(self, choice: Choice, chosen_by: tuple[int, ...], temperatures: Sequence[float]) -> Choice:
        """The choice with a stack of its members and of the best candidate of every learner."""
        rows, objective = self._selection
        own = np.concatenate([objective.parts[part] for part in chosen_by])
        scores = objective.of_parts(chosen_by).scores(self._matrix(temperatures))
        best_first = {
            int(index): self.candidates[index].configuration.learner for index in np.argsort(-scores, kind="stable")
        }
        members = with_best_of_each_learner(choice.weights, best_first)
        own = thinned(own, len(members) * self._outputs)
        predictions = np.stack([sharpen(self._of_rows(index, rows[own]), temperatures[index]) for index in members])
        weights = None if objective.weights is None else objective.weights[own]
        return Choice(
            {index: choice.weights.get(index, 0.0) for index in members},
            {index: temperatures[index] for index in members},
            choice.calibration,
            fit_stack(predictions, objective.target[own], weights),
        )

    def _choose_blend(self, chosen_by: tuple[int, ...], temperatures: Sequence[float]) -> Choice:
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
        staged = candidate.stage_rounds(validation.folds[part])
        stage = candidate.best_stage(validation.metric, others) if staged else None
        if stage is None:
            return candidate.predictions(validation.folds[part])
        return candidate.staged(validation.folds[part], stage)

    def _honest_split(self, candidate: EnsembleInput, rows: Array) -> Array:
        fold = self.validation.folds[0]
        others = np.setdiff1d(np.arange(len(self.validation.target)), rows)
        stages = len(candidate.stage_rounds(fold))
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
