"""XGBoost's model as arrays of our own, and what only XGBoost does among the learners."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost

from automl_model.estimators import read_estimator
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features
from automl_runner.learners.learner import LearnerRefused, TrainingSet
from automl_runner.learners.shared.staged_trees import StagedTrees
from automl_runner.learners.shared.xgboost_trees import bare_model
from automl_runner.learners.xgboost import XGBoost
from builders.training import a_fit_context, features_of, some_rows

ROWS = 600
TYPES, CATEGORICAL = ["q", "q", "q", "c", "c"], [False, False, False, True, True]


def random_features(seed: int, highest: int) -> Features:
    """Numbers with ties and gaps, and categories with levels above `highest` unseen."""
    generator = np.random.default_rng(seed)
    numeric = np.round(generator.normal(size=(ROWS, 3)), 1)
    numeric[generator.random(numeric.shape) < 0.2] = np.nan
    return features_of(numeric, generator.integers(0, highest, (ROWS, 2)), (90, 90))


def trained(features: Features, classes: int, one_hot: int, rounds: int = 12) -> Any:
    signal = np.nan_to_num(features.numeric[:, 0]) + features.codes[:, 1] % 3
    target = signal if classes == 1 else np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))
    objective = {1: "reg:squarederror", 2: "binary:logistic"}.get(classes, "multi:softprob")
    options: dict[str, Any] = {"objective": objective, "max_depth": 5, "max_cat_to_onehot": one_hot, "nthread": 1}
    if classes > 2:
        options["num_class"] = classes
    data = xgboost.DMatrix(as_matrix(features), target, feature_types=TYPES, enable_categorical=True, nthread=1)
    return xgboost.train(options, data, rounds)


@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("one_hot", [2, 100], ids=["sets of categories", "single categories"])
def test_predictions_equal_those_of_xgboost(classes: int, one_hot: int) -> None:
    """They equal but for XGBoost's sum of float32; rows have gaps, and values on the borders of training."""
    train, unseen = random_features(0, 70), random_features(1, 90)
    booster = trained(train, classes, one_hot)
    model = bare_model(booster, CATEGORICAL, classes, tuple(range(classes)))
    data = xgboost.DMatrix(as_matrix(unseen), feature_types=TYPES, enable_categorical=True, nthread=1)
    expected = booster.predict(data)
    predicted = model.predict(unseen)
    np.testing.assert_allclose(predicted[:, 1] if classes == 2 else predicted, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_stage_predicts_like_a_model_of_its_rounds_only(classes: int) -> None:
    features = random_features(0, 70)
    whole = bare_model(trained(features, classes, 2), CATEGORICAL, classes, tuple(range(classes)))
    model = StagedTrees(whole, 5)
    assert model.trained_rounds() == 12
    for stage, rounds in zip(model.predict_at(features, (1, 5, 12)), (1, 5, 12), strict=True):
        alone = bare_model(trained(features, classes, 2, rounds), CATEGORICAL, classes, tuple(range(classes)))
        np.testing.assert_allclose(stage, alone.predict(features), rtol=1e-12)


def test_only_the_chosen_rounds_are_written(tmp_path: Path) -> None:
    features = random_features(0, 70)
    model = StagedTrees(bare_model(trained(features, 3, 2), CATEGORICAL, 3, (0, 1, 2)), 5)
    model.write(tmp_path)
    read = read_estimator(tmp_path)
    np.testing.assert_array_equal(read.predict(features), model.predict(features))
    np.testing.assert_array_equal(read.predict(features), model.predict_at(features, (5,))[0])


def test_a_column_of_many_codes_is_read_as_numbers() -> None:
    generator = np.random.default_rng(0)
    features = features_of(np.empty((ROWS, 0)), generator.integers(0, 300, (ROWS, 1)), (300,))
    train = TrainingSet(features, (features.codes[:, 0] > 150).astype(float))
    model = XGBoost().fit({}, train, None, a_fit_context("regression")).estimator
    model.check(features.layout, 1)
    assert np.abs(model.predict(features) - train.target).max() < 0.1


def test_rows_of_one_class_are_refused() -> None:
    rows = some_rows("binary")
    with pytest.raises(LearnerRefused, match="the same class"):
        XGBoost().fit({}, TrainingSet(rows.features, np.zeros(240, np.int64)), rows, a_fit_context("binary"))


def test_without_validation_rows_the_rounds_of_the_context_are_trained() -> None:
    rows, context = some_rows("regression"), a_fit_context("regression")
    fitted = XGBoost().fit({}, rows, None, type(context)(**{**vars(context), "rounds": 7}))
    assert fitted.rounds == 7
