"""A quick model on a sample of the training rows, by which a view judges features before a learner is trained."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_runner.learners.learner import FitContext, TrainingSet

SAMPLE_ROWS = 10_000
MOST_CELLS = 10_000_000
MOST_OUTPUTS = 3
_MOST_CATEGORIES = 255
_ROUNDS = 40
_ROUNDS_OF_GAINS = 60
"""Gains are of one model, and divide among many columns."""
_RATE = 0.25
_BINS = 64
_MOST_DEVIATIONS = 3.0


@dataclass(frozen=True)
class Sample:
    """Some training rows.

    outputs: the target as numbers with mean 0 and variance 1, shape (rows, outputs). half: divides the rows in two; all
    rows of a group are in one half.
    """

    features: Features
    outputs: NDArray[np.float64]
    half: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.half)


def sample_of(train: TrainingSet, context: FitContext) -> Sample:
    """At most 10,000 random rows (fewer of wide tables), drawn by weight; inside the sample all rows count the same.

    With weights, scikit-learn would take ten times as long to find the bins of its columns.
    """
    generator = np.random.default_rng(context.seed)
    weights = np.ones(len(train.target)) if train.weights is None else np.asarray(train.weights, np.float64)
    size = min(int((weights > 0).sum()), SAMPLE_ROWS, max(1, MOST_CELLS // max(1, train.features.layout.columns)))
    rows = np.sort(generator.choice(len(weights), size, replace=False, p=weights / weights.sum()))
    outputs = _outputs(train.target[rows], context, generator)
    half = _half(None if train.groups is None else train.groups[rows], len(rows), generator)
    return Sample(train.features.take(rows), outputs, half)


def _half(groups: NDArray[np.int64] | None, rows: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """True for a random half of the rows. Where there are groups, none is divided; the halves are about equal."""
    if groups is None or (groups == groups[0]).all():
        return np.asarray(generator.permutation(rows) % 2 == 0, np.bool_)
    names, places, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = generator.permutation(len(names))
    order = order[np.argsort(-counts[order], kind="stable")]
    first = np.zeros(len(names), np.bool_)
    first[order] = np.isin(np.arange(len(names)) % 4, (0, 3))
    return np.asarray(first[places], np.bool_)


def residuals(sample: Sample, extra: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
    """The outputs less the quick model's predictions, each half predicted from the other; shape (rows, outputs).

    extra: more columns for the model, shape (rows, columns).
    """
    from automl_runner.learners.shared.histogram_trees import without_empty_columns

    matrix, categorical = _matrix(sample.features, extra)
    left = sample.outputs.copy()
    for rows in (sample.half, ~sample.half):
        own = without_empty_columns(matrix[rows])
        for output in range(left.shape[1]):
            model = _model(sample, categorical, _ROUNDS, min_samples_leaf=20)
            model.fit(own, sample.outputs[rows, output])
            left[~rows, output] -= model.predict(matrix[~rows])
    return left


def gain_shares(sample: Sample, left: NDArray[np.float64], extra: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each extra column its share of the gain of all splits in a quick model of `left` on all columns."""
    from automl_runner.learners.shared.histogram_trees import gains_of_columns

    matrix, categorical = _matrix(sample.features, extra)
    gains = np.zeros(matrix.shape[1])
    for output in bounded(left, left).T:
        least = max(20, len(sample) // 200)
        model = _model(sample, categorical, _ROUNDS_OF_GAINS, min_samples_leaf=least, max_features=0.3)
        gains += gains_of_columns(model.fit(matrix, output))
    start = sample.features.numeric.shape[1]
    return gains[start : start + extra.shape[1]] / max(float(gains.sum()), 1e-12)


def bounded(values: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values within three standard deviations of `left`, so that a few odd rows do not decide."""
    bound = _MOST_DEVIATIONS * left.std(axis=0)
    return np.clip(values, -bound, bound)


def _outputs(target: NDArray[Any], context: FitContext, generator: np.random.Generator) -> NDArray[np.float64]:
    """The target as at most three standardised numbers. More classes are mixed by random directions."""
    if context.task == "regression":
        outputs = target.astype(np.float64)[:, None]
    elif context.classes == 2:
        outputs = np.asarray(target == 1, np.float64)[:, None]
    else:
        outputs = np.eye(context.classes)[target]
        outputs /= np.sqrt(np.maximum(outputs.mean(axis=0), 1e-3))
        if context.classes > MOST_OUTPUTS:
            outputs = outputs @ np.linalg.qr(generator.normal(size=(context.classes, MOST_OUTPUTS)))[0]
    outputs -= outputs.mean(axis=0)
    spread = outputs.std(axis=0)
    return np.asarray(outputs / np.where(spread > 0, spread, 1.0))


def _matrix(features: Features, extra: NDArray[np.float32] | None) -> tuple[NDArray[np.float32], list[int]]:
    """Numbers, extra columns and codes as one matrix, and the places of the codes with few enough levels."""
    from automl_runner.learners.shared.histogram_trees import without_empty_columns

    between = np.empty((len(features), 0), np.float32) if extra is None else extra
    start = features.numeric.shape[1] + between.shape[1]
    categorical = [start + place for place, size in enumerate(features.cardinalities) if size <= _MOST_CATEGORIES]
    matrix = np.hstack([features.numeric, between, features.codes.astype(np.float32)])
    matrix[np.isinf(matrix)] = np.nan  # there are no quantiles between infinite values
    return without_empty_columns(matrix), categorical


def _model(sample: Sample, categorical: list[int], rounds: int, **options: Any) -> Any:
    """A quick model of one output. All outputs together have so many rounds. Its time is mostly that of its splits."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    levels = [size for size in sample.features.cardinalities if size <= _MOST_CATEGORIES]
    return HistGradientBoostingRegressor(
        max_iter=rounds // sample.outputs.shape[1],
        max_bins=max([_BINS, *levels]),
        learning_rate=_RATE,
        early_stopping=False,
        categorical_features=categorical or None,
        random_state=0,
        **options,
    )
