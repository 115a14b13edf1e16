"""Boosting of many classes: a nearly certain class has almost no hessian, so that leaves need a bound."""

from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl_model.scoring import score
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import FitContext, TrainingSet
from builders.training import features_of

if TYPE_CHECKING:
    from automl_api.base import Scalar

CLASSES, ROWS = 20, 2_000


def clouds(seed: int) -> tuple[TrainingSet, TrainingSet]:
    """Overlapping clouds of points, one for each class; a third of the rows is for validation."""
    random = np.random.default_rng(seed)
    target = np.arange(ROWS) % CLASSES
    points = np.round(random.integers(0, 8, (CLASSES, 6))[target] + 1.2 * random.normal(size=(ROWS, 6)))
    train = np.arange(ROWS) < ROWS * 2 // 3
    nothing = np.empty((ROWS, 0), np.int64)
    both = (TrainingSet(features_of(points[own], nothing[own], ()), target[own], None) for own in (train, ~train))
    return next(both), next(both)


FINE_TREES: dict[str, dict[str, "Scalar"]] = {
    "lightgbm": {"learning_rate": 0.3, "num_leaves": 31, "min_data_in_leaf": 5},
    "xgboost": {"learning_rate": 0.3, "max_depth": 8, "min_child_weight": 0.01, "reg_lambda": 0.001},
}


@pytest.mark.parametrize(
    ("name", "seeds", "most"),
    [
        pytest.param("lightgbm", 3, 0.75, id="lightgbm: without a bound 0.83"),
        pytest.param("xgboost", 2, 0.79, id="xgboost: without a bound 0.81"),
    ],
)
def test_the_first_rounds_do_not_overshoot(name: str, seeds: int, most: float) -> None:
    losses = []
    for seed in range(seeds):
        train, valid = clouds(seed)
        context = FitContext("multiclass", CLASSES, "log_loss", seed)
        model = LEARNERS[name].fit(FINE_TREES[name], train, valid, context).estimator
        losses.append(score("log_loss", valid.target, model.predict(valid.features)))
    assert np.mean(losses) < most
