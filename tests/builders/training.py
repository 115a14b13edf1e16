"""Encoded rows to train on, made without reading a file."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import DEFAULT_METRIC, Task
from automl_model.features import Features
from automl_model.text_column import TextColumn
from automl_runner.learners.learner import FitContext, Shape, TrainingSet, training_shape

CLASS_COUNTS = {"binary": 2, "multiclass": 4, "regression": 1}
WORDS = ("the", "Katze", "кот", "γάτα", "的", "แมว", "قطة", "बिल्ली", "😀", "1984", "")


def features_of(numeric: NDArray[np.float64], codes: NDArray[np.int64], cardinalities: tuple[int, ...]) -> Features:
    return Features(
        np.asfortranarray(numeric, np.float32),
        np.asfortranarray(codes, np.int32),
        tuple(f"number_{place}" for place in range(numeric.shape[1])),
        tuple(f"category_{place}" for place in range(codes.shape[1])),
        cardinalities,
    )


def some_rows(task: Task, rows: int = 240, seed: int = 0, *, weighted: bool = False) -> TrainingSet:
    """Two numbers, one with gaps, a constant, two categories, and texts; the target depends on some of the former."""
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
    return with_texts(TrainingSet(features_of(numeric, codes, (6, 30)), target, weights), _sentences(rows, seed))


def with_texts(rows: TrainingSet, *columns: list[str]) -> TrainingSet:
    """The same rows with columns of texts."""
    texts = tuple(TextColumn.of(column) for column in columns)
    features = replace(rows.features, texts=texts, text_names=tuple(f"text_{place}" for place in range(len(texts))))
    return replace(rows, features=features)


def telling_texts(target: NDArray[np.float64] | NDArray[np.int64], seed: int = 0) -> list[str]:
    """Sentences of random words, with one word that says in which tenth the target lies."""
    edges = np.unique(np.quantile(target, np.linspace(0, 1, 11)[1:-1]))
    telling = np.searchsorted(edges, target)
    return [f"{text} level{place}" for text, place in zip(_sentences(len(target), seed), telling, strict=True)]


def _sentences(rows: int, seed: int) -> list[str]:
    """Random words of several scripts."""
    words = np.random.default_rng(seed).choice(WORDS, (rows, 8))
    return [" ".join(row) for row in words]


def a_fit_context(task: Task, seed: int = 0, metric: str = "") -> FitContext:
    return FitContext(task, CLASS_COUNTS[task], metric or DEFAULT_METRIC[task], seed)


def shape_of(train: TrainingSet, task: Task) -> Shape:
    return training_shape(train, a_fit_context(task))
