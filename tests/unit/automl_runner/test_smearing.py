"""The factor of a learned logarithm moves predictions to the mean, and never tells the rows that are scored."""

import numpy as np
import pytest

from automl_model.fold_model import FoldModel
from automl_runner.smearing import Smearing, factor_of, with_factor
from automl_runner.views import VIEWS
from builders.log_targets import OneValue, a_model_of, rows_of_target
from builders.training import a_fit_context, some_rows

ROWS = rows_of_target([3.0, 5.0] * 100)
MODEL = a_model_of(ROWS, np.log(3.0))
"""It predicts 3 where the mean is 4."""


@pytest.mark.parametrize(
    ("metric", "expected"), [("rmse", 4 / 3), ("r2", 4 / 3), ("mae", 1.0), ("mape", 1.0), ("rmsle", 1.0)]
)
def test_predictions_move_to_the_mean_where_the_metric_is_of_means(metric, expected):
    smearing = Smearing.of(MODEL, ROWS, ROWS, metric)
    assert factor_of(smearing.applied(MODEL).view) == pytest.approx(expected)
    assert smearing.honest(MODEL.predict(ROWS.features)) == pytest.approx(np.full(200, 3 * expected))


def test_weights_count():
    weighted = rows_of_target([3.0, 5.0] * 100, weights=np.array([1.0, 0.0] * 100))
    smearing = Smearing.of(MODEL, ROWS, weighted, "rmse")
    assert smearing.factor == pytest.approx(1.0)
    assert smearing.honest(MODEL.predict(ROWS.features)) == pytest.approx(np.full(200, 3.0))


def test_a_row_is_scored_at_a_factor_that_its_own_target_did_not_choose():
    target = np.full(200, 4.0)
    one = rows_of_target(np.where(np.arange(200) == 7, 400.0, target))
    honest = Smearing.of(MODEL, ROWS, one, "rmse").honest(MODEL.predict(ROWS.features))
    assert honest[7] == pytest.approx(4.0)
    assert set(honest.round(6)) == {4.0, 6.0}


@pytest.mark.parametrize(
    "valid",
    [
        pytest.param(rows_of_target([30.0] * 200, groups=np.repeat([0, 1], 100)), id="groups or blocks of time"),
        pytest.param(rows_of_target([30.0] * 40), id="few rows"),
    ],
)
def test_training_rows_choose_the_factor_where_validation_rows_would_tell_their_level(valid):
    smearing = Smearing.of(MODEL, ROWS, valid, "rmse")
    assert smearing.factor == pytest.approx(4 / 3)
    assert smearing.honest(MODEL.predict(valid.features)) == pytest.approx(np.full(len(valid.target), 4.0))


@pytest.mark.parametrize(("target", "expected"), [([1.0, 500.0] * 100, 2.0), ([3.0, 1e-9] * 100, 0.5)])
def test_the_factor_is_bounded(target, expected):
    rows = rows_of_target(target)
    model = a_model_of(rows, np.log(3.0))
    smearing = Smearing.of(model, rows, rows, "rmse")
    assert smearing.factor == pytest.approx(expected)


def test_other_views_have_no_factor():
    rows = some_rows("regression")
    view, _ = VIEWS["plain"].fit(rows, a_fit_context("regression"))
    model = FoldModel(view, OneValue(1.0))
    smearing = Smearing.of(model, rows, rows, "rmse")
    predicted = model.predict(rows.features)
    assert smearing.applied(model) is model
    assert smearing.honest(predicted) is predicted
    assert factor_of(view) is None
    assert with_factor(model, 2.0) is model
