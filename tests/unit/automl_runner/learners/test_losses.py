"""Each learner knows its library's name for every loss that a metric uses."""

from typing import Final, get_args

import numpy as np
import pytest

from automl_api.metrics import METRICS, Loss, Ranking
from automl_runner.learners import LEARNERS, catboost, hist_gradient_boosting, lightgbm, xgboost
from builders.training import a_fit_context, shape_of, some_rows

ONE_OF_EACH: Final = {(metric.loss, metric.watched): name for name, metric in METRICS.items()}
"""A metric for each pair of the loss that learners minimise and of what they watch."""


@pytest.mark.parametrize(
    "words",
    [lightgbm.OBJECTIVES, catboost.OBJECTIVES, xgboost.OBJECTIVES, hist_gradient_boosting.LOSSES],
    ids=["lightgbm", "catboost", "xgboost", "sklearn"],
)
def test_a_learner_has_a_name_for_every_loss(words: dict[Loss, str]) -> None:
    assert set(words) == set(get_args(Loss))


@pytest.mark.parametrize(
    "words", [lightgbm.WATCHED, catboost.WATCHED, xgboost.WATCHED], ids=["lightgbm", "catboost", "xgboost"]
)
def test_a_booster_can_watch_every_loss_and_ranking(words: dict[str, str]) -> None:
    assert set(words) == {*get_args(Loss), *get_args(Ranking)}


@pytest.mark.parametrize("name", ["lightgbm", "catboost", "xgboost", "hist_gradient_boosting"])
@pytest.mark.parametrize("metric", ONE_OF_EACH.values())
def test_the_library_knows_the_names(name: str, metric: str) -> None:
    task, learner = METRICS[metric].tasks[0], LEARNERS[name]
    train, valid = some_rows(task, 80), some_rows(task, 40, seed=1)
    default = learner.descriptor.default(shape_of(train, task))
    fitted = learner.fit(default, train, valid, a_fit_context(task, metric=metric))
    assert np.isfinite(fitted.estimator.predict(valid.features)).all()
