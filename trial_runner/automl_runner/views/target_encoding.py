"""Encodes categories as the mean target of their rows, for columns with so many levels that codes work badly.

A training row's value comes from other rows only (out of fold inside the training set); otherwise the learner could
read the label from it. Source: Micci-Barreca 2001 (smoothing towards the prior); cross-fitting as in scikit-learn's
TargetEncoder. A column of at most 100 levels keeps its codes too; above that they are replaced.
"""

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_model.views import ViewState, join_encoded
from automl_runner.learners.learner import FitContext, Shape, TrainingSet
from automl_runner.views.view import ViewNeeds

INNER_SPLITS = 5
SMOOTHING = 10.0
MAX_CLASSES = 10
MAX_KEPT_CARDINALITY = 102
MAX_ENCODED_COLUMNS = 500
_FLAG_CARDINALITY = 4


class TargetEncoding:
    """The view `target_encoding`. With more than ten classes, only the ten most frequent ones are encoded."""

    def suits(self, shape: Shape) -> bool:
        """See View. Without categories it would repeat the plain view."""
        return shape.categorical_columns > 0

    def needs(self, shape: Shape) -> ViewNeeds:
        """See View. The learners' own predictions leave room for the encoded columns."""
        return ViewNeeds(0.0, shape)

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """Tables for other rows, and the training rows encoded from the other inner splits."""
        outputs = _outputs(train, context)
        weights = np.ones(len(train.target)) if train.weights is None else train.weights
        columns = _columns(train.features, outputs.shape[1])
        splits = np.random.default_rng(context.seed).permutation(len(weights)) % INNER_SPLITS
        encoded = np.empty((len(weights), len(columns) * outputs.shape[1]), np.float32, order="F")
        tables: dict[str, NDArray[np.float32]] = {}
        for place, column in enumerate(columns):
            codes, cardinality = train.features.codes[:, column], train.features.cardinalities[column]
            part = slice(place * outputs.shape[1], (place + 1) * outputs.shape[1])
            tables[f"table_{column}"] = _table(codes, cardinality, outputs, weights)
            for split in range(INNER_SPLITS):
                others, own = splits != split, splits == split
                table = _table(codes[others], cardinality, outputs[others], weights[others])
                encoded[own, part] = table[codes[own]]
        state = {
            "encoded": columns,
            "kept": _kept(train.features, columns),
            "names": [f"{train.features.code_names[c]}=mean{k}" for c in columns for k in range(outputs.shape[1])],
        }
        return ViewState("target_encoding", state, dict(tables)), join_encoded(train.features, encoded, state)


def _outputs(train: TrainingSet, context: FitContext) -> NDArray[np.float64]:
    """The numbers to average, shape (rows, outputs): the value, or 1 for the row's class among the encoded ones."""
    if context.task == "regression":
        return train.target.astype(np.float64)[:, None]
    if context.task == "binary":
        return np.asarray(train.target == 1, np.float64)[:, None]
    counts = np.bincount(train.target.astype(np.int64), minlength=context.classes)
    frequent = np.argsort(-counts, kind="stable")[:MAX_CLASSES]
    return np.asarray(train.target[:, None] == np.sort(frequent)[None, :], np.float64)


def _columns(features: Features, outputs: int) -> list[int]:
    """The columns with more than two levels; if there are too many, those with the most levels."""
    worth = [column for column, size in enumerate(features.cardinalities) if size > _FLAG_CARDINALITY]
    worth.sort(key=lambda column: -features.cardinalities[column])
    return sorted(worth[: MAX_ENCODED_COLUMNS // outputs])


def _kept(features: Features, encoded: list[int]) -> list[int]:
    replaced = {column for column in encoded if features.cardinalities[column] > MAX_KEPT_CARDINALITY}
    return [column for column in range(len(features.cardinalities)) if column not in replaced]


def _table(
    codes: NDArray[np.int32], cardinality: int, outputs: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Smoothed means, shape (cardinality, outputs); a level without rows gets the prior."""
    totals = np.bincount(codes, weights, minlength=cardinality)[:cardinality]
    table = np.empty((cardinality, outputs.shape[1]), np.float32)
    for output in range(outputs.shape[1]):
        sums = np.bincount(codes, weights * outputs[:, output], minlength=cardinality)[:cardinality]
        prior = np.average(outputs[:, output], weights=weights)
        table[:, output] = (sums + SMOOTHING * prior) / (totals + SMOOTHING)
    return table
