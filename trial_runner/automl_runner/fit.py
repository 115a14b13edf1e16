"""`fit` trains one configuration on some folds. Each fold is stored on its own and trained only once."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_api import reasons
from automl_api.metrics import METRICS
from automl_api.protocol import FitWork
from automl_api.resources.trial import FoldResult
from automl_model.arrays import write_array
from automl_model.files import file_digests
from automl_model.fold_model import FoldModel
from automl_model.scoring import score
from automl_model.views import PLAIN, adds_nothing, formula_names
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import (
    HOLDOUT,
    MODEL,
    PREDICTIONS,
    ROWS,
    SHARED,
    STAGES,
    FoldManifest,
    manifest_path,
    read_fold,
)
from automl_runner.learners.learner import Fitted, TrainingSet, unlimited
from automl_runner.peak_memory import peak_memory_bytes
from automl_runner.prepared import Prepared, open_prepared, partner
from automl_runner.smearing import Smearing, factor_of
from automl_runner.store import Store
from automl_runner.temperature_scaling import calibrated_by_halves
from automl_runner.thresholds import fold_thresholds, has_threshold
from automl_runner.training import check_finite, message_of, rows_of, size_of, train

MOST_STAGED_ROWS = 5_000
MOST_STAGED_CELLS = 200_000


def fit(
    work: FitWork,
    store: Store,
    attempt: int,
    report: Callable[[FoldResult], None],
    seconds_left: Callable[[], float] = unlimited,
) -> tuple[FoldResult, ...]:
    """Fit the folds in order and report each when it is finished. Folds in the store are handed in as they are.

    When `seconds_left` are spent, the fold at work ends with the rounds so far, and no other begins. Raises WorkFailed:
    `configuration` (Refused, NotFinite, UndefinedScore), `resources` (OutOfMemory), and the store's errors.
    """
    prepared = open_prepared(store.local_directory(work.prepared.path, work.prepared.digest), work.prepared.digest)
    results: list[FoldResult] = []
    for fold in work.folds:
        if results and seconds_left() <= 0:
            break
        result = _finished(work, store, prepared, fold) or _guarded(work, store, prepared, attempt, fold, seconds_left)
        report(result)
        results.append(result)
    return tuple(results)


def _finished(work: FitWork, store: Store, prepared: Prepared, fold: int) -> FoldResult | None:
    found = read_fold(store, work.trial, fold)
    if found is None:
        return None
    manifest, result = found
    if manifest.configuration.key != work.configuration.key or manifest.folds_digest != prepared.info.folds.digest:
        message = (
            f"{result.manifest} belongs to another configuration or other folds; start the experiment in an empty store"
        )
        raise WorkFailed("program", reasons.FOREIGN_MANIFEST, message)
    return result


def _guarded(
    work: FitWork, store: Store, prepared: Prepared, attempt: int, fold: int, seconds_left: Callable[[], float]
) -> FoldResult:
    with message_of(work.configuration.learner, f"fold {fold}"):
        return _fit_fold(work, store, prepared, attempt, fold, seconds_left)


@dataclass(frozen=True)
class _Learned:
    """A fold's model and its predictions of the validation rows, at the end and at stages; all are for scoring."""

    model: FoldModel
    fitted: Fitted
    predictions: NDArray[np.float64]
    stage_rounds: tuple[int, ...]
    staged: NDArray[np.float64]
    out_of_time: bool


def _learn(
    work: FitWork,
    prepared: Prepared,
    fold: int,
    rows: tuple[TrainingSet, TrainingSet],
    seconds_left: Callable[[], float],
) -> _Learned:
    """Train on the first rows, and predict the second."""
    seen, valid = rows
    bare, fitted = train(
        work.configuration, prepared, seen, valid=valid, seed=(work.seed, fold), seconds_left=seconds_left
    )
    out_of_time = seconds_left() <= 0
    smearing = Smearing.of(bare, seen, valid, prepared.info.metric)
    predictions = smearing.honest(bare.predict(valid.features))
    check_finite(predictions, work.configuration.learner, f"fold {fold}")
    rounds, staged = _stages(bare, valid, prepared)
    honest = np.array([smearing.honest(stage) for stage in staged])
    return _Learned(smearing.applied(bare), fitted, predictions, rounds, honest, out_of_time)


def _fit_fold(
    work: FitWork, store: Store, prepared: Prepared, attempt: int, fold: int, seconds_left: Callable[[], float]
) -> FoldResult:
    started = time.monotonic()
    seen, valid = (rows_of(prepared, rows, prepared.target) for rows in prepared.fold_rows(fold))
    learned = _learn(work, prepared, fold, (seen, valid), seconds_left)
    model, fitted, prevalence = learned.model, learned.fitted, _positive_share(seen)
    scored = _score(prepared, valid, learned.predictions, prevalence)
    with store.temporary_directory() as directory:
        write_array(directory / PREDICTIONS, learned.predictions.astype(np.float32))
        write_array(directory / ROWS, prepared.fold_rows(fold)[1])
        if learned.stage_rounds:
            write_array(directory / STAGES, learned.staged.astype(np.float32))
        for name, rows in ((HOLDOUT, prepared.holdout_rows), (SHARED, prepared.shared_rows(partner(fold)))):
            if len(rows):
                predicted = model.predict(prepared.features.take(rows))
                check_finite(predicted, work.configuration.learner, f"fold {fold}")
                write_array(directory / name, predicted.astype(np.float32))
        (directory / MODEL).mkdir()
        model.write(directory / MODEL)
        path = f"trials/{work.trial}/fold-{fold}/{attempt}-{os.urandom(4).hex()}"
        manifest = FoldManifest(
            trial=work.trial,
            fold=fold,
            configuration=work.configuration,
            folds_digest=prepared.info.folds.digest,
            classes=prepared.info.classes,
            score=scored,
            parameters=fitted.parameters,
            rounds=fitted.rounds,
            out_of_time=learned.out_of_time,
            view_adds_nothing=work.configuration.view != PLAIN.name
            and adds_nothing(model.view, prepared.features.layout),
            formulas=formula_names(model.view),
            factor=factor_of(model.view),
            stage_rounds=learned.stage_rounds,
            stage_scores=tuple(_stage_score(prepared, valid, stage, prevalence) for stage in learned.staged),
            seconds=time.monotonic() - started,
            peak_memory_bytes=peak_memory_bytes(),
            model_bytes=size_of(directory / MODEL),
            directory=path,
            files=file_digests(directory),
        )
        store.upload_directory(directory, path)
    store.write_first(manifest_path(work.trial, fold), manifest.to_json().encode())
    result = _finished(work, store, prepared, fold)
    assert result is not None
    return result


def _positive_share(rows: TrainingSet) -> float:
    """The second class's share of the weight, for two classes; it means nothing for other tasks."""
    return float(np.average(rows.target == 1, weights=rows.weights))


def _score(prepared: Prepared, valid: TrainingSet, predictions: NDArray[np.float64], prevalence: float) -> float:
    if METRICS[prepared.info.metric].calibration == "temperature":
        predictions = calibrated_by_halves(predictions, valid.target, valid.weights)
    try:
        return _scored(prepared, valid, predictions, prevalence)
    except ValueError as undefined:
        raise WorkFailed(
            "configuration", reasons.UNDEFINED_SCORE, f"{undefined}; choose another metric or fewer folds"
        ) from undefined


def _scored(prepared: Prepared, valid: TrainingSet, predictions: NDArray[np.float64], prevalence: float) -> float:
    """The score on validation rows. Raises ValueError where the metric is undefined on them."""
    metric, threshold = prepared.info.metric, np.full(len(valid.target), 0.5)
    if has_threshold(metric, predictions):
        threshold = fold_thresholds(metric, valid.target, predictions, valid.weights, prevalence)
    return score(metric, valid.target, predictions, valid.weights, threshold)


def _stages(model: FoldModel, valid: TrainingSet, prepared: Prepared) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Predictions at several numbers of rounds, if rows are so few that the choice of rounds flatters the score."""
    rows = len(valid.target)
    if rows > MOST_STAGED_ROWS or rows * prepared.class_count > MOST_STAGED_CELLS:
        return (), np.empty((0, rows))
    return model.stages(valid.features)


def _stage_score(
    prepared: Prepared, valid: TrainingSet, predictions: NDArray[np.float64], prevalence: float
) -> float | None:
    """The score by which rounds are chosen: of the learner's own probabilities, like its early stopping."""
    try:
        return _scored(prepared, valid, predictions, prevalence)
    except ValueError:
        return None  # undefined at this stage only; finalize leaves the stage out
