"""The logarithm of a skewed target: when it is offered, and the factor of its predictions."""

from dataclasses import replace

import numpy as np
import pytest

from automl_model.fold_model import FoldModel
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import Shape
from automl_runner.prepare.learner_choice import learner_plan
from automl_runner.views import VIEWS
from automl_runner.views.log_target import best_factor, is_skewed, scaled_rows, with_factor
from builders.training import a_fit_context, some_rows

RANDOM = np.random.default_rng(0)
SHAPE = Shape(rows=5000, numeric_columns=10, categorical_columns=0, cardinality=0, classes=1, task="regression")


class OneValue:
    """An estimator that predicts the same value for every row."""

    kind = "one_value"

    def __init__(self, value):
        self.value = value

    def predict(self, features):
        return np.full(len(features), self.value)

    def check(self, layout, classes):
        """Any layout is right."""

    def write(self, directory):
        raise NotImplementedError


def rows_with_target(target, weights=None):
    return replace(some_rows("regression", rows=len(target)), target=np.asarray(target, float), weights=weights)


def a_model_of(rows, value):
    view, _ = VIEWS["log_target"].fit(rows, a_fit_context("regression"))
    return FoldModel(view, OneValue(value))


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
    rows = rows_with_target(target * 10)
    view, _ = VIEWS["log_target"].fit(rows, a_fit_context("regression"))
    assert view.name == "plain"
    assert scaled_rows(view, rows) is rows


@pytest.mark.parametrize("target", [[1.0, 10.0, 1e6], [0.0, 0.0, 5.0]], ids=["above zero", "with zeros"])
def test_predictions_of_the_logarithm_are_on_the_targets_own_scale(target):
    rows = rows_with_target(target * 10)
    model = a_model_of(rows, 0.0)
    for value, logarithm in zip(target, scaled_rows(model.view, rows).target, strict=False):
        restored = replace(model, estimator=OneValue(logarithm)).predict(rows.features)
        assert restored == pytest.approx(np.full(30, value))


def test_no_prediction_is_above_the_greatest_target_of_training():
    rows = rows_with_target([1.0, 2.0, 7.0] * 10)
    assert a_model_of(rows, 1e9).predict(rows.features) == pytest.approx(np.full(30, 7.0))


@pytest.mark.parametrize(("metric", "expected"), [("rmse", 4.0 / 3.0), ("r2", 4.0 / 3.0), ("mae", 1.0), ("rmsle", 1.0)])
def test_the_factor_moves_predictions_to_the_mean_where_the_metric_is_of_means(metric, expected):
    rows = rows_with_target([3.0, 5.0] * 15)
    assert best_factor(a_model_of(rows, np.log(3.0)), rows, metric) == pytest.approx(expected)


def test_weights_count_for_the_factor():
    rows = rows_with_target([3.0, 5.0] * 15, weights=np.array([1.0, 0.0] * 15))
    assert best_factor(a_model_of(rows, np.log(3.0)), rows, "rmse") == pytest.approx(1.0)


def test_a_factor_is_bounded_and_applied():
    rows = rows_with_target([1.0, 500.0] * 15)
    model = a_model_of(rows, np.log(1.0))
    factor = best_factor(model, rows, "rmse")
    assert factor == 2.0
    assert with_factor(model, factor).predict(rows.features) == pytest.approx(np.full(30, 2.0))


def test_other_views_have_no_factor():
    rows = some_rows("regression")
    view, _ = VIEWS["plain"].fit(rows, a_fit_context("regression"))
    model = FoldModel(view, OneValue(1.0))
    assert best_factor(model, rows, "rmse") == 1.0
    assert with_factor(model, 2.0) is model
