"""Checks a refit for divergence. It has no validation rows, so the check uses rows that the model was trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api import reasons
from automl_model.fold_model import FoldModel
from automl_runner.failures import WorkFailed
from automl_runner.fold_manifest import PREDICTIONS, FoldManifest
from automl_runner.prepared import Prepared
from automl_runner.store import Store

MOST_ROWS = 5_000
_TIMES = 1.5
_NOTHING = 0.01
"""The error, as a share of the target's variance, that never shows divergence, even if the folds' models have none."""


def check_converged(model: FoldModel, folds: Sequence[FoldManifest], store: Store, prepared: Prepared) -> None:
    """Compare the model of a refit with the folds' models, on rows that the folds' models do not know. A refit of a share may not know all of them either.

    Raises WorkFailed (`configuration`, Diverged) where its mean squared error is more than 1.5 times theirs.
    """
    rows, theirs = _known(folds, store, prepared)
    target = _target_of(prepared, rows)
    own = _mean_square(model.predict(prepared.features.take(rows)) - target)
    others, spread = _mean_square(theirs - target), _mean_square(target - target.mean(axis=0))
    if own > _TIMES * others + _NOTHING * spread:
        reason = f"its mean squared error on rows that it knows is {own:.3g}, and the folds' models had {others:.3g}"
        raise WorkFailed("configuration", reasons.DIVERGED, f"the model of the refit has not converged: {reason}")


def _known(folds: Sequence[FoldManifest], store: Store, prepared: Prepared) -> tuple[NDArray[np.int64], Any]:
    """Evenly drawn rows of the folds, and the predictions of the folds' models for them."""
    rows, predictions = [], []
    for manifest in folds:
        valid = prepared.fold_rows(manifest.fold)[1]
        drawn = np.linspace(0, len(valid) - 1, min(len(valid), MOST_ROWS // len(folds))).astype(np.int64)
        file = store.local_file(f"{manifest.directory}/{PREDICTIONS}", manifest.files.get(PREDICTIONS, ""))
        rows.append(valid[drawn])
        predictions.append(np.load(file, mmap_mode="r", allow_pickle=False)[drawn])
    return np.concatenate(rows), np.concatenate(predictions).astype(np.float64)


def _target_of(prepared: Prepared, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """The target's values; for classes, 1 for the true class and 0 for the others, shape (rows, classes)."""
    target = prepared.target[rows]
    if prepared.info.task == "regression":
        return np.asarray(target, np.float64)
    return np.asarray(np.equal.outer(target, np.arange(prepared.class_count)), np.float64)


def _mean_square(errors: NDArray[np.float64]) -> float:
    return float(np.mean(np.square(errors)))
