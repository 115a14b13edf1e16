"""Selects a model from the candidates' finished folds, and scores it on rows that were not used for any choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_api.metrics import METRICS
from automl_api.protocol import MOST_REFITS, REFITS_PER_LEARNER
from automl_api.resources.experiment_status import FinalScore
from automl_model.calibration import Calibration
from automl_model.stack import Stack
from automl_runner.ensemble.averaging_gain import averaging_gain, shared_rows_of
from automl_runner.ensemble.choice import Choice
from automl_runner.ensemble.crossfit import Crossfit, Shortlist
from automl_runner.ensemble.ensemble_input import EnsembleInput
from automl_runner.ensemble.interval import Estimate, ScoredPart, estimate
from automl_runner.ensemble.published import Chosen, Published
from automl_runner.ensemble.validation_target import ValidationTarget
from automl_runner.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Selected:
    """The members with their weights and models, the calibration of their blend, the stack, and the model's score."""

    published: Published
    calibration: Calibration
    stack: Stack
    score: FinalScore


def select_and_score(
    prepared: Prepared, candidates: Sequence[EnsembleInput], folds: tuple[int, ...], seed: int
) -> Selected:
    """Choose among candidates that have finished the same folds. Raises ValueError where the metric is undefined."""
    crossfit = _crossfit(candidates, _validation_target(prepared, folds, seed), prepared)
    choice = crossfit.choose()
    members = [
        Chosen(crossfit.candidates[index], weight, choice.temperatures[index])
        for index, weight in choice.weights.items()
    ]
    score = _final_score(prepared, crossfit, choice)
    return Selected(Published(prepared.info.folds, members), choice.calibration, choice.stack, score)


def _crossfit(candidates: Sequence[EnsembleInput], validation: ValidationTarget, prepared: Prepared) -> Crossfit:
    """The selection problem. With refits, the model and its estimates use publishable trials only."""
    held = len(prepared.holdout_rows)
    if not prepared.info.folds.refit:
        return Crossfit(candidates, validation, held_rows=held)
    shortlist = Shortlist(REFITS_PER_LEARNER, MOST_REFITS)
    return Crossfit(_publishable(candidates, validation), validation, shortlist, held)


def _publishable(candidates: Sequence[EnsembleInput], validation: ValidationTarget) -> list[EnsembleInput]:
    """The trials that have a refit, or are better than every trial that has one; all trials without a refit.

    The best trials are refitted first. So a better one without a refit had no time left for it, or its refit failed.
    """
    scores = [METRICS[validation.metric].sign * candidate.mean_score(validation.folds) for candidate in candidates]
    refitted = [score for score, candidate in zip(scores, candidates, strict=True) if candidate.refit is not None]
    best = max(refitted, default=-np.inf)
    return [
        candidate
        for score, candidate in zip(scores, candidates, strict=True)
        if candidate.refit is not None or score > best
    ]


def _validation_target(prepared: Prepared, folds: tuple[int, ...], seed: int) -> ValidationTarget:
    rows = [prepared.fold_rows(fold)[1] for fold in folds]
    every = np.concatenate(rows)
    target: NDArray[Any] = prepared.target[every]
    return ValidationTarget(
        prepared.info.metric,
        folds,
        target,
        prepared.weights_of(every),
        np.repeat(np.arange(len(folds)), [len(own) for own in rows]),
        seed,
        prepared.units_of(every),
        prepared.info.folds.kind == "time",
        tuple(prepared.info.folds.trained_shares[fold] for fold in folds),
    )


def _final_score(prepared: Prepared, crossfit: Crossfit, choice: Choice) -> FinalScore:
    held = bool(len(prepared.holdout_rows))
    found = _holdout_estimate(prepared, crossfit, choice) if held else _crossfitted_estimate(prepared, crossfit, choice)
    shares, scored = prepared.info.folds.trained_shares, _holdout_folds(prepared, crossfit.validation.folds)
    return FinalScore(
        metric=prepared.info.metric,
        value=found.value,
        low=found.low,
        high=found.high,
        basis="holdout" if held else "cross-fitted",
        trained_share=min(shares[fold] for fold in scored) if held else crossfit.validation.least_share(),
    )


def _crossfitted_estimate(prepared: Prepared, crossfit: Crossfit, choice: Choice) -> Estimate:
    """The cross-fitted score. Where the models of the folds are published, it is that of their average."""
    validation, found = crossfit.validation, crossfit.estimate()
    if prepared.info.folds.refit:
        return found
    pairs = shared_rows_of(prepared, crossfit.candidates, choice, validation.folds)
    threshold, models = choice.calibration.threshold, len(validation.folds)
    return averaging_gain(validation.metric, pairs, threshold, models, validation.seed).added_to(
        found, validation.metric
    )


def _holdout_estimate(prepared: Prepared, crossfit: Crossfit, choice: Choice) -> Estimate:
    """The score on the holdout, by the folds' models, which have never seen it.

    The labels of the holdout are used for nothing else.
    """
    rows, candidates = prepared.holdout_rows, crossfit.candidates
    folds = _holdout_folds(prepared, crossfit.validation.folds)
    part = ScoredPart(
        prepared.holdout_target(),
        choice.predict(lambda index, temperature: candidates[index].holdout(folds, temperature)),
        prepared.weights_of(rows),
        choice.calibration.threshold,
        prepared.units_of(rows),
    )
    return estimate(prepared.info.metric, [part], crossfit.validation.seed, ordered=crossfit.validation.ordered)


def _holdout_folds(prepared: Prepared, folds: tuple[int, ...]) -> tuple[int, ...]:
    """The folds whose models score the holdout: all, or with folds by time the newest, which is nearest to it."""
    return folds[-1:] if prepared.info.folds.kind == "time" else folds
