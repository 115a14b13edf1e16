"""The training that a fit of a fold and a refit of all rows share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api import reasons
from automl_api.resources import Configuration
from automl_model.fold_model import FoldModel
from automl_model.views import apply_view
from automl_runner.failures import WorkFailed
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import FitContext, Fitted, LearnerRefused, TrainingSet, unlimited
from automl_runner.prepared import Prepared
from automl_runner.views import VIEWS
from automl_runner.views.log_target import metric_for_learner, seen_by_learner

PARTS_OF_TIME = 20
ALL_ROWS = 2**16
"""The number in the seed of a refit, in place of the number of a fold."""


def rows_of(
    prepared: Prepared, rows: NDArray[np.int64], target: NDArray[np.float64] | NDArray[np.int32]
) -> TrainingSet:
    """Some rows of prepared data as a training set. `target` is the target of all rows."""
    own: Any = target[rows]
    kind = np.float64 if prepared.info.task == "regression" else np.int64
    return TrainingSet(
        prepared.features.take(rows), own.astype(kind), prepared.weights_of(rows), _groups(prepared, rows)
    )


def _groups(prepared: Prepared, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """The groups of some rows; where rows are ordered in time, the equal parts of the time that they are from."""
    units = prepared.units_of(rows)
    if units is None or prepared.info.folds.kind != "time":
        return units
    return units.argsort(kind="stable").argsort(kind="stable") * PARTS_OF_TIME // max(1, len(units))


def train(
    configuration: Configuration,
    prepared: Prepared,
    rows: TrainingSet,
    *,
    valid: TrainingSet | None,
    rounds: int = 0,
    seed: tuple[int, int],
    seconds_left: Callable[[], float] = unlimited,
) -> tuple[FoldModel, Fitted]:
    """Train a model of a configuration. `seed`: the trial's seed, and the number of the fold or ALL_ROWS.

    Without rows to validate on, boosting takes `rounds`; it ends earlier when `seconds_left` are spent.

    Raises LearnerRefused.
    """
    learner, view = LEARNERS.get(configuration.learner), VIEWS.get(configuration.view)
    if learner is None or view is None:
        raise LearnerRefused(
            f"this runner does not know the learner {configuration.learner} or the view {configuration.view}"
        )
    mixed = int(np.random.SeedSequence(seed).generate_state(1)[0]) % 2**31
    context = FitContext(prepared.info.task, prepared.class_count, prepared.info.metric, mixed, rounds, seconds_left)
    state, features = view.fit(rows, context)
    seen = seen_by_learner(state, TrainingSet(features, rows.target, rows.weights))
    checked = None
    if valid is not None:
        checked = seen_by_learner(state, TrainingSet(apply_view(state, valid.features), valid.target, valid.weights))
    context = replace(context, metric=metric_for_learner(state, context.metric))
    fitted = learner.fit(configuration.parameters, seen, checked, context)
    return FoldModel(state, fitted.estimator), fitted


@contextmanager
def message_of(learner: str, what: str) -> Iterator[None]:
    """Raise WorkFailed where a learner refuses or memory runs out. `what` names the rows: fold 3, all rows."""
    try:
        yield
    except LearnerRefused as refused:
        raise WorkFailed("configuration", reasons.REFUSED, f"{learner} refused {what}: {refused}") from refused
    except MemoryError as error:
        message = f"{learner} ran out of memory on {what}; it needs a runner with more memory"
        raise WorkFailed("resources", reasons.OUT_OF_MEMORY, message) from error


def check_finite(predictions: NDArray[np.float64], learner: str, what: str) -> NDArray[np.float64]:
    """The predictions. Raises WorkFailed where one is not finite."""
    if not np.isfinite(predictions).all():
        message = f"{learner} predicts values that are not finite on {what}"
        raise WorkFailed("configuration", reasons.NOT_FINITE, message)
    return predictions


def size_of(directory: Path) -> int:
    """The bytes of all files below a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
