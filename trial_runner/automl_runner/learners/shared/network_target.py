"""The target of a network: on the network's scale, with its loss and the gradient of the loss."""

import math

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.estimators.mlp_model import Floats
from automl_model.softmax import softmax
from automl_runner.learners.learner import FitContext, TrainingSet

_FEWEST = 1e-12
_ABSENT = -20.0
"""The output of a class that no training row has."""
_SMOOTH = np.float32(0.01)
"""The square of the error below which an absolute error counts as a squared one."""


class NetworkTarget:
    """The target of training rows."""

    def __init__(self, train: TrainingSet, context: FitContext) -> None:
        self._classes, self._loss = context.classes, METRICS[context.metric].loss
        self._weights = _relative(train.weights, len(train.target))
        self.outputs = context.classes if context.classes > 2 else 1
        self.scale = (0.0, 1.0, 0.0, 0.0)
        if context.task == "regression":
            center = float(np.average(train.target, weights=train.weights))
            spread = float(np.sqrt(np.average((train.target - center) ** 2, weights=train.weights))) or 1.0
            self.scale = (center, spread, float(train.target.min()), float(train.target.max()))
            if self._loss == "percentage_error":
                self._weights = self._weights * _relative(1.0 / np.maximum(np.abs(train.target), 1e-9), 0)
        self._target = self._scaled(train)
        self.prior = self._prior()
        """The outputs that are right without any column, shape (outputs,)."""

    def _prior(self) -> NDArray[np.float64]:
        if self._classes == 1:
            return np.zeros(1)
        counts = np.bincount(self._target, self._weights, self._classes)
        logits = np.log(np.maximum(counts, _FEWEST) / counts.sum())
        return np.asarray(logits if self._classes > 2 else logits[1:] - logits[:1])

    def gradient(self, outputs: Floats, places: NDArray[np.int64]) -> Floats:
        """See network.Gradient."""
        target, weights = self._target[places], self._weights[places, None]
        change: NDArray[np.floating]
        if self._classes > 2:
            change = softmax(outputs)
            change[np.arange(len(places)), target] -= 1
        elif self._classes == 2:
            change = 1 / (1 + np.exp(-np.clip(outputs, -30, 30))) - target[:, None]
        else:
            change = outputs - target[:, None]
            if self._loss != "squared_error":
                change = change / np.sqrt(change**2 + _SMOOTH)
        return np.asarray(change * weights, np.float32)

    def loss(self, outputs: Floats, rows: TrainingSet) -> float:
        """The mean loss of validation rows; infinite where outputs are not finite."""
        target = self._scaled(rows)
        if self._classes > 2:
            losses = -np.log(np.maximum(softmax(outputs)[np.arange(len(target)), target], 1e-12))
        elif self._classes == 2:
            losses = np.logaddexp(0, np.where(target == 1, -1, 1) * outputs[:, 0])
        else:
            losses = np.abs(outputs[:, 0] - target)
            losses = losses**2 if self._loss == "squared_error" else losses
        mean = float(np.average(losses, weights=rows.weights))
        return mean if math.isfinite(mean) else math.inf

    def _scaled(self, rows: TrainingSet) -> Floats | NDArray[np.int64]:
        if self._classes > 1:
            return rows.target.astype(np.int64)
        return np.asarray((rows.target - self.scale[0]) / self.scale[1], np.float32)


def forget_classes_without_rows(weights: Floats, biases: Floats, prior: NDArray[np.float64]) -> None:
    """A class without training rows has its prior alone; a network would still give it some probability."""
    absent = prior < _ABSENT
    weights[:, absent], biases[absent] = 0.0, _ABSENT


def _relative(weights: NDArray[np.float64] | None, rows: int) -> Floats:
    """Weights with a mean of 1."""
    return np.ones(rows, np.float32) if weights is None else (weights / weights.mean()).astype(np.float32)
