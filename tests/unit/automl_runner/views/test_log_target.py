"""The logarithm of a skewed target: when it is offered, and what a learner sees."""

from dataclasses import replace

import numpy as np
import pytest

from automl_model.fold_model import FoldModel
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.prepare.learner_choice import learner_plan
from automl_runner.views import VIEWS
from automl_runner.views.log_target import is_skewed, metric_for_learner, seen_by_learner
from builders.log_targets import OneValue, a_model_of, rows_of_target
from builders.training import a_fit_context

RANDOM = np.random.default_rng(0)
SHAPE = Shape(rows=5000, numeric_columns=10, categorical_columns=0, cardinality=0, classes=1, task="regression")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param(np.exp(RANDOM.normal(size=500)), True, id="prices"),
        pytest.param(RANDOM.poisson(2, 500) ** 3, True, id="counts with zeros"),
        pytest.param(RANDOM.normal(10, 1, 500), False, id="symmetric"),
        pytest.param(-np.exp(RANDOM.normal(size=500)), False, id="a tail of small values"),
        pytest.param(np.exp(RANDOM.normal(size=500)) - 1, False, id="values below zero"),
        pytest.param(np.full(500, 3.0), False, id="one value"),
        pytest.param(np.zeros(500), False, id="zeros"),
        pytest.param(np.empty(0), False, id="no rows"),
    ],
)
def test_a_logarithm_is_offered_for_a_tail_of_great_values(target, expected):
    assert is_skewed(np.asarray(target, float)) is expected


def test_the_plan_offers_it_early_where_the_target_is_skewed():
    booster = LEARNERS["catboost"].descriptor
    assert "log_target" not in learner_plan(booster, SHAPE).views
    skewed = learner_plan(booster, replace(SHAPE, skewed_target=True))
    assert "log_target" in skewed.views
    assert skewed.early_views == ("log_target",)


@pytest.mark.parametrize("target", [[0.0, 0.0, 0.0], [-1.0, 2.0, 9.0]], ids=["zeros only", "a value below zero"])
def test_a_fold_without_logarithms_is_learned_as_it_is(target):
    rows = rows_of_target(target * 10)
    view, _ = VIEWS["log_target"].fit(rows, a_fit_context("regression"))
    assert view.name == "plain"
    assert seen_by_learner(view, rows) is rows


@pytest.mark.parametrize("target", [[1.0, 10.0, 1e6], [0.0, 0.0, 5.0]], ids=["above zero", "with zeros"])
def test_predictions_of_the_logarithm_are_on_the_targets_own_scale(target):
    rows = rows_of_target(target * 10)
    model = a_model_of(rows, 0.0)
    for value, logarithm in zip(target, seen_by_learner(model.view, rows).target, strict=False):
        restored = replace(model, estimator=OneValue(logarithm)).predict(rows.features)
        assert restored == pytest.approx(np.full(30, value))


def test_no_prediction_is_above_the_greatest_target_of_training():
    rows = rows_of_target([1.0, 2.0, 7.0] * 10)
    assert a_model_of(rows, 1e9).predict(rows.features) == pytest.approx(np.full(30, 7.0))


@pytest.mark.parametrize(("metric", "expected"), [("rmse", "rmse"), ("rmsle", "rmse"), ("mape", "mae")])
def test_a_learner_optimises_what_its_logarithms_need(metric, expected):
    assert metric_for_learner(a_model_of(rows_of_target([1.0, 2.0] * 9), 0.0).view, metric) == expected


def test_a_target_near_zero_is_not_an_outlier_of_the_logarithms():
    view = a_model_of(rows_of_target([5.0, 10.0, 20.0] * 10), 0.0).view
    seen = seen_by_learner(view, rows_of_target([0.0, 1e-300, 10.0]))
    assert seen.target == pytest.approx(np.log([5.0, 5.0, 10.0]))


def test_stages_are_on_the_targets_own_scale():
    rows = rows_of_target(np.exp(np.linspace(0, 5, 60)))
    view, features = VIEWS["log_target"].fit(rows, a_fit_context("regression"))
    seen = seen_by_learner(view, replace(rows, features=features))
    fitted = LEARNERS["lightgbm"].fit({"min_data_in_leaf": 5}, seen, seen, a_fit_context("regression"))
    model = FoldModel(view, fitted.estimator)
    rounds, staged = model.stages(rows.features)
    assert len(rounds) == len(staged) > 3
    assert staged.min() > 0.9
    np.testing.assert_allclose(model.predict(rows.features), staged[rounds.index(fitted.rounds)])
