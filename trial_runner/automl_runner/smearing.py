"""Chooses the factor of predictions that are the exponential of a learned logarithm (smearing, Duan 1983).

Such predictions are medians, and squared error asks for means. No row is scored at a factor that its own target, or
another target of its group or its time, helped to choose: a factor would tell the level of a group or a block of time.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_api.metrics import METRICS
from automl_model.fold_model import FoldModel
from automl_model.log_target import LOG_TARGET
from automl_model.views import ViewState
from automl_runner.learners.learner import TrainingSet
from automl_runner.thresholds import halves

_LEAST_ROWS = 100
"""With fewer validation rows, chance would choose the factor of a half."""
_MOST_ROWS = 5_000
"""So many training rows tell a factor to a percent."""
_MOST_FACTOR = 2.0
"""The factor of log-normal noise of deviation 1.2; with more noise, least squares follow single rows."""


@dataclass(frozen=True)
class Smearing:
    """The factor of a fold's model. factor: None for a model that did not learn a logarithm.

    valid: the independent validation rows that chose the factor; None where training rows did. Models predict training
    rows too well, so that their factor is nearer to 1 than the best one is.
    """

    factor: float | None
    valid: TrainingSet | None = None

    @classmethod
    def of(cls, model: FoldModel, train: TrainingSet, valid: TrainingSet, metric: str) -> "Smearing":
        """The factor of a model whose own factor is 1; it stays 1 for metrics that no mean is best for."""
        if model.view.name != LOG_TARGET:
            return cls(None)
        if METRICS[metric].loss != "squared_error":
            return cls(1.0)
        if valid.groups is None and len(valid.target) >= _LEAST_ROWS:
            return cls(_least_squares(model.predict(valid.features), valid.target, valid.weights), valid)
        rows = np.linspace(0, len(train.target) - 1, min(len(train.target), _MOST_ROWS)).astype(np.int64)
        weights = None if train.weights is None else train.weights[rows]
        return cls(_least_squares(model.predict(train.features.take(rows)), train.target[rows], weights))

    def applied(self, model: FoldModel) -> FoldModel:
        """The model with this factor."""
        return model if self.factor is None else with_factor(model, self.factor)

    def honest(self, predictions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Predictions of the validation rows for scoring, from those at the factor 1.

        Each half of the rows that chose the factor has the factor of the other half.
        """
        if self.valid is None:
            return predictions if self.factor is None else self.factor * predictions
        target, weights = self.valid.target, self.valid.weights
        half, result = halves(target), np.empty_like(predictions)
        for own in (half, ~half):
            others = None if weights is None else weights[~own]
            result[own] = _least_squares(predictions[~own], target[~own], others) * predictions[own]
        return result


def with_factor(model: FoldModel, factor: float) -> FoldModel:
    """The model with another factor, if it learned a logarithm; else the model itself."""
    if model.view.name != LOG_TARGET:
        return model
    return replace(model, view=replace(model.view, state={**model.view.state, "factor": factor}))


def factor_of(view: ViewState) -> float | None:
    """The factor of the view's predictions; None in views without one."""
    return float(view.state["factor"]) if view.name == LOG_TARGET else None


def _least_squares(predicted: NDArray[np.float64], target: NDArray[Any], weights: NDArray[np.float64] | None) -> float:
    """The factor of predictions with the least squared error."""
    own = np.ones(len(target)) if weights is None else weights
    squares = float(own @ predicted**2)
    factor = float(own @ (predicted * target)) / squares if squares > 0 else 1.0
    return float(np.clip(factor, 1 / _MOST_FACTOR, _MOST_FACTOR))
