"""Learns a skewed target by its logarithm (`automl_model.log_target`); docs/decisions/0017-log-target.md measures it."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_model.features import Features
from automl_model.log_target import LOG_TARGET, log_of, log_target_state
from automl_model.views import PLAIN, ViewState
from automl_runner.learners.learner import FitContext, Shape, TrainingSet
from automl_runner.views.view import ViewNeeds

_SKEWED = 0.99
"""The skew from which the linear learners transform a column, too."""
_LEAST_SHARE = 0.01
"""A smaller shift would make zeros outliers among the logarithms."""
_METRICS_OF_LOGARITHMS = {"rmsle": "rmse", "mape": "mae"}
"""The metric that a learner optimises on logarithms, where it is not the experiment's."""


class LogTarget:
    """The view `log_target`: the prepared columns, and the logarithm of the target."""

    def suits(self, shape: Shape) -> bool:
        """See View."""
        return shape.skewed_target and shape.numeric_columns + shape.categorical_columns > 0

    def needs(self, shape: Shape) -> ViewNeeds:
        """See View."""
        return ViewNeeds(0.0, shape)

    def fit(self, train: TrainingSet, context: FitContext) -> tuple[ViewState, Features]:
        """The range of the training target; the view `plain` where it has no logarithm."""
        target = np.asarray(train.target, np.float64)
        if context.task != "regression" or target.min() < 0 or target.max() <= 0:
            return PLAIN, train.features
        return ViewState(LOG_TARGET, dict(log_target_state(target, _shift(target)))), train.features


def is_skewed(target: NDArray[np.float64]) -> bool:
    """True when a target has a long tail of great values, none below 0, and a logarithm with a shorter tail."""
    if not len(target) or target.min() < 0 or target.max() <= target.min():
        return False
    skew = _skew(target)
    return bool(skew > _SKEWED and abs(_skew(log_of(target, log_target_state(target, _shift(target))))) < skew)


def seen_by_learner(view: ViewState, rows: TrainingSet) -> TrainingSet:
    """The rows with the target that a learner sees in this view."""
    if view.name != LOG_TARGET:
        return rows
    return replace(rows, target=log_of(np.asarray(rows.target, np.float64), view.state))


def metric_for_learner(view: ViewState, metric: str) -> str:
    """The metric that a learner optimises in this view, for the experiment's metric."""
    return _METRICS_OF_LOGARITHMS.get(metric, metric) if view.name == LOG_TARGET else metric


def _shift(target: NDArray[np.float64]) -> float:
    """The number that is added to targets: 0 where all are above 0, else the least one above 0 or a hundredth of the mean."""
    if target.min() > 0:
        return 0.0
    return max(float(target[target > 0].min()), _LEAST_SHARE * float(target.mean()))


def _skew(values: NDArray[np.float64]) -> float:
    scaled = values - values.mean()
    deviation = float(np.sqrt((scaled**2).mean()))
    return float((scaled**3).mean() / deviation**3) if deviation > 0 else 0.0
