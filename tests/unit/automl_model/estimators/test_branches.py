"""Trees by lookups say bit for bit what their own library says, for many rows and for few."""

import lightgbm
import numpy as np
import pytest

from automl_model.estimators.branches import add_trees
from automl_model.estimators.lightgbm_model import LightGBMModel
from automl_model.estimators.lightgbm_text import read_trees
from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features
from builders.training import features_of

ROWS = 600


def rows_of(seed: int, gaps: bool) -> Features:
    """Numbers with ties and zeros, codes that training never had, and gaps where training had none."""
    generator = np.random.default_rng(seed)
    numeric = np.round(generator.normal(size=(ROWS, 3)), 1)
    if gaps:
        numeric[generator.random(numeric.shape) < 0.2] = np.nan
    codes = generator.integers(0, 90 if gaps else 70, (ROWS, 2))
    return features_of(numeric, codes, (90, 90))


def trained(leaves: int, classes: int, gaps: bool) -> lightgbm.Booster:
    features, generator = rows_of(0, gaps), np.random.default_rng(1)
    signal = np.nan_to_num(features.numeric[:, 0]) + features.codes[:, 1] % 3 + generator.normal(size=ROWS)
    target = signal if classes == 1 else np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))
    objective = {1: "regression", 2: "binary"}.get(classes, "multiclass")
    options = {"objective": objective, "num_leaves": leaves, "min_data_in_leaf": 1, "verbosity": -1, "num_threads": 1}
    if classes > 2:
        options["num_class"] = classes
    data = lightgbm.Dataset(as_matrix(features), target, categorical_feature=[3, 4])
    return lightgbm.train({**options, "min_data_per_group": 2, "cat_l2": 0.1}, data, 12)


@pytest.mark.parametrize("leaves", [2, 31, 64, 65, 200])
@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("gaps", [True, False], ids=["trained with gaps", "trained without gaps"])
def test_raw_scores_are_those_of_lightgbm(leaves: int, classes: int, gaps: bool) -> None:
    booster = trained(leaves, classes, gaps)
    matrix = as_matrix(rows_of(2, gaps=True))
    expected = booster.predict(matrix, raw_score=True).reshape(ROWS, -1)
    trees = read_trees(booster.model_to_string())
    for rows in (ROWS, 40):
        totals = np.zeros_like(expected[:rows])
        add_trees(trees, matrix[:rows], range(len(trees)), totals)
        np.testing.assert_array_equal(totals, expected[:rows])


def test_trees_of_one_leaf_are_constants() -> None:
    booster = lightgbm.train({"verbosity": -1}, lightgbm.Dataset(np.zeros((ROWS, 1)), np.full(ROWS, 7.0)), 2)
    model = LightGBMModel.from_text(booster.model_to_string(), 1, 2)
    for rows in (ROWS, 1):
        features = features_of(np.zeros((rows, 1)), np.empty((rows, 0), int), ())
        np.testing.assert_array_equal(model.predict(features), booster.predict(np.zeros((rows, 1))))


@pytest.mark.parametrize("classes", [1, 2, 3])
def test_a_stage_predicts_what_its_rounds_alone_would(classes: int) -> None:
    booster, features = trained(31, classes, gaps=True), rows_of(3, gaps=True)
    text = booster.model_to_string()
    staged = LightGBMModel.from_text(text, classes, 12).predict_at(features, (1, 5, 12))
    assert LightGBMModel.from_text(text, classes, 12).trained_rounds() == 12
    for stage, rounds in zip(staged, (1, 5, 12), strict=True):
        np.testing.assert_array_equal(stage, LightGBMModel.from_text(text, classes, rounds).predict(features))
        expected = booster.predict(as_matrix(features), num_iteration=rounds)
        np.testing.assert_allclose(stage[:, 1] if classes == 2 else stage, expected, rtol=1e-12)
