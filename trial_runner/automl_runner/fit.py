"""`fit`: one configuration, some folds. Each fold is durable on its own, and is trained once however often it is asked for."""

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.protocol import FitWork
from automl_api.resources.trial import FoldResult
from automl_model.arrays import write_array
from automl_model.files import file_digests
from automl_model.fold_model import FoldModel
from automl_model.scoring import score
from automl_model.views import apply_view
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import (
    HOLDOUT,
    MODEL,
    PREDICTIONS,
    ROWS,
    STAGES,
    FoldManifest,
    manifest_path,
    read_fold,
)
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import FitContext, Fitted, Refused, TrainingSet
from automl_runner.prepared import Prepared, open_prepared
from automl_runner.store import Store
from automl_runner.views import VIEWS

MOST_STAGED_ROWS = 5_000
MOST_STAGED_CELLS = 200_000


def fit(work: FitWork, store: Store, attempt: int, report: Callable[[FoldResult], None]) -> tuple[FoldResult, ...]:
    """Fit the folds in order and report each as it is finished; what is in the store already is handed in as it is.

    Raises WorkFailed: `configuration` (Refused, NotFinite, UndefinedScore), `resources` (OutOfMemory), and what the store raises.
    """
    prepared = open_prepared(store.local_directory(work.prepared.path, work.prepared.digest), work.prepared.digest)
    results = []
    for fold in work.folds:
        result = _finished(work, store, prepared, fold) or _guarded(work, store, prepared, attempt, fold)
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
            f"{result.manifest} is of another configuration or other folds; start the experiment in an empty store"
        )
        raise WorkFailed("program", "ForeignManifest", message)
    return result


def _guarded(work: FitWork, store: Store, prepared: Prepared, attempt: int, fold: int) -> FoldResult:
    name = work.configuration.learner
    try:
        return _fit_fold(work, store, prepared, attempt, fold)
    except Refused as refused:
        raise WorkFailed("configuration", "Refused", f"{name} refused fold {fold}: {refused}") from refused
    except MemoryError as error:
        message = f"{name} ran out of memory on fold {fold}; it needs a runner with more"
        raise WorkFailed("resources", "OutOfMemory", message) from error


def _fit_fold(work: FitWork, store: Store, prepared: Prepared, attempt: int, fold: int) -> FoldResult:
    started = time.monotonic()
    train_rows, valid_rows = prepared.fold_rows(fold)
    valid = _rows_of(prepared, valid_rows)
    model, fitted = _train(work, prepared, _rows_of(prepared, train_rows), valid, fold)
    predictions = _finite(model.predict(valid.features), work, fold)
    scored = _score(prepared, valid, predictions)
    stages, staged = _stages(model, valid, prepared)
    with store.temporary_directory() as directory:
        write_array(directory / PREDICTIONS, predictions.astype(np.float32))
        write_array(directory / ROWS, valid_rows)
        if stages:
            write_array(directory / STAGES, staged.astype(np.float32))
        if len(prepared.holdout_rows):
            held = _finite(model.predict(prepared.features.take(prepared.holdout_rows)), work, fold)
            write_array(directory / HOLDOUT, held.astype(np.float32))
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
            stage_rounds=stages,
            stage_scores=tuple(_stage_score(prepared, valid, stage) for stage in staged),
            seconds=time.monotonic() - started,
            peak_memory_bytes=_peak_memory_bytes(),
            model_bytes=_size_of(directory / MODEL),
            directory=path,
            files=file_digests(directory),
        )
        store.upload_directory(directory, path)
    store.write_first(manifest_path(work.trial, fold), manifest.to_json().encode())
    result = _finished(work, store, prepared, fold)
    assert result is not None
    return result


def _train(
    work: FitWork, prepared: Prepared, train: TrainingSet, valid: TrainingSet, fold: int
) -> tuple[FoldModel, Fitted]:
    learner, view = LEARNERS.get(work.configuration.learner), VIEWS.get(work.configuration.view)
    if learner is None or view is None:
        raise Refused(f"this runner knows no learner {work.configuration.learner} or no view {work.configuration.view}")
    seed = int(np.random.SeedSequence([work.seed, fold]).generate_state(1)[0]) % 2**31
    context = FitContext(prepared.info.task, prepared.class_count, prepared.info.metric, seed)
    state, features = view.fit(train, context)
    seen = TrainingSet(features, train.target, train.weights)
    checked = TrainingSet(apply_view(state, valid.features), valid.target, valid.weights)
    fitted = learner.fit(work.configuration.parameters, seen, checked, context)
    return FoldModel(state, fitted.estimator), fitted


def _rows_of(prepared: Prepared, rows: NDArray[np.int64]) -> TrainingSet:
    target: Any = prepared.target[rows]
    weights = None if prepared.weights is None else prepared.weights[rows].astype(np.float64)
    regression = prepared.info.task == "regression"
    return TrainingSet(prepared.features.take(rows), target.astype(np.float64 if regression else np.int64), weights)


def _finite(predictions: NDArray[np.float64], work: FitWork, fold: int) -> NDArray[np.float64]:
    if not np.isfinite(predictions).all():
        message = f"{work.configuration.learner} predicts values that are not finite on fold {fold}"
        raise WorkFailed("configuration", "NotFinite", message)
    return predictions


def _score(prepared: Prepared, valid: TrainingSet, predictions: NDArray[np.float64]) -> float:
    try:
        return score(prepared.info.metric, valid.target, predictions, valid.weights)
    except ValueError as undefined:
        raise WorkFailed(
            "configuration", "UndefinedScore", f"{undefined}; choose another metric or fewer folds"
        ) from undefined


def _stages(model: FoldModel, valid: TrainingSet, prepared: Prepared) -> tuple[tuple[int, ...], NDArray[np.float64]]:
    """Predictions at fewer and more rounds, where rows are so few that the choice of rounds flatters the score."""
    rows = len(valid.target)
    if rows > MOST_STAGED_ROWS or rows * prepared.class_count > MOST_STAGED_CELLS:
        return (), np.empty((0, rows))
    return model.stages(valid.features)


def _stage_score(prepared: Prepared, valid: TrainingSet, predictions: NDArray[np.float64]) -> float | None:
    try:
        return score(prepared.info.metric, valid.target, predictions, valid.weights)
    except ValueError:
        return None  # undefined at this stage only; finalize leaves the stage out


def _peak_memory_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
