"""Encoded rows to train on, made without reading a file."""

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import DEFAULT_METRIC, Task
from automl_model.features import Features
from automl_runner.learners.learner import FitContext, Shape, TrainingSet, training_shape

CLASS_COUNTS = {"binary": 2, "multiclass": 4, "regression": 1}


def features_of(numeric: NDArray[np.float64], codes: NDArray[np.int64], cardinalities: tuple[int, ...]) -> Features:
    return Features(
        np.asfortranarray(numeric, np.float32),
        np.asfortranarray(codes, np.int32),
        tuple(f"number_{place}" for place in range(numeric.shape[1])),
        tuple(f"category_{place}" for place in range(codes.shape[1])),
        cardinalities,
    )


def some_rows(task: Task, rows: int = 240, seed: int = 0, *, weighted: bool = False) -> TrainingSet:
    """Two numbers, one with gaps, a constant, and two categories; the target depends on some of them."""
    generator = np.random.default_rng(seed)
    numeric = generator.normal(size=(rows, 3))
    numeric[:, 2] = 7.0
    codes = np.column_stack([generator.integers(2, 6, rows), generator.integers(0, 30, rows)])
    signal = 2 * numeric[:, 0] + (codes[:, 0] == 3) + 0.3 * generator.normal(size=rows)
    numeric[generator.random(rows) < 0.1, 1] = np.nan
    target: NDArray[np.float64] | NDArray[np.int64] = signal
    if task != "regression":
        cuts = np.quantile(signal, np.linspace(0, 1, CLASS_COUNTS[task] + 1)[1:-1])
        target = np.searchsorted(cuts, signal).astype(np.int64)
    weights = generator.uniform(0.5, 2.0, rows) if weighted else None
    return TrainingSet(features_of(numeric, codes, (6, 30)), target, weights)


def a_fit_context(task: Task, seed: int = 0, metric: str = "") -> FitContext:
    return FitContext(task, CLASS_COUNTS[task], metric or DEFAULT_METRIC[task], seed)


def shape_of(train: TrainingSet, task: Task) -> Shape:
    return training_shape(train, a_fit_context(task))
