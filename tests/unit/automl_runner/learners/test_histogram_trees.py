"""Our trees of histogram gradient boosting predict the same as scikit-learn."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from automl_model.estimators.matrix import as_matrix
from automl_model.features import Features
from automl_runner.learners.shared.histogram_trees import bare_model
from builders.training import features_of

ROWS = 500


def random_features(seed: int, highest: int) -> Features:
    generator = np.random.default_rng(seed)
    numeric = np.round(generator.normal(size=(ROWS, 3)), 1)
    numeric[generator.random(numeric.shape) < 0.2] = np.nan
    return features_of(numeric, generator.integers(0, highest, (ROWS, 2)), (90, 90))


@pytest.mark.parametrize("leaves", [3, 128])
@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("categorical", [None, [4], [3, 4]], ids=["no category", "one of two", "both"])
def test_predictions_equal_those_of_scikit_learn(leaves: int, classes: int, categorical: list[int] | None) -> None:
    train, unseen = random_features(0, 70), random_features(1, 90)
    signal = np.nan_to_num(train.numeric[:, 0]) + train.codes[:, 1] % 3
    options: dict[str, Any] = {"max_leaf_nodes": leaves, "max_iter": 8, "min_samples_leaf": 2}
    options |= {"categorical_features": categorical, "early_stopping": False}
    if classes == 1:
        model = HistGradientBoostingRegressor(**options).fit(as_matrix(train), signal)
        expected = model.predict(as_matrix(unseen))
    else:
        model = HistGradientBoostingClassifier(**options).fit(
            as_matrix(train), np.digitize(signal, [1, 2][: classes - 1])
        )
        expected = model.predict_proba(as_matrix(unseen))
    bare = bare_model(model, classes)
    np.testing.assert_allclose(bare.predict(unseen), expected, rtol=1e-13)
    if classes == 1:
        np.testing.assert_array_equal(bare.predict(unseen), expected)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("rounds", [1, 2, 5, 8, 11])
def test_a_row_gets_identical_predictions_among_few_and_many_rows(classes: int, rounds: int) -> None:
    train, unseen = random_features(0, 70), random_features(1, 90)
    signal = np.nan_to_num(train.numeric[:, 0]) + train.codes[:, 1] % 3
    options: dict[str, Any] = {"max_iter": rounds, "categorical_features": [3, 4], "early_stopping": False}
    if classes == 1:
        model = HistGradientBoostingRegressor(**options).fit(as_matrix(train), signal)
    else:
        model = HistGradientBoostingClassifier(**options).fit(as_matrix(train), np.digitize(signal, [1, 2]))
    bare = bare_model(model, classes)
    among_many = bare.predict(unseen)
    for rows in (0, 1, 10, 60):
        np.testing.assert_array_equal(bare.predict(unseen.take(np.arange(rows))), among_many[:rows])


def test_few_rows_of_a_wide_table_take_little_memory() -> None:
    """60 rows for each of 100 trees would be 96 MB."""
    wide = features_of(np.random.default_rng(0).normal(size=(200, 2000)), np.empty((200, 0), np.int64), ())
    options: dict[str, Any] = {"max_iter": 100, "max_leaf_nodes": 3, "max_bins": 8, "early_stopping": False}
    bare = bare_model(HistGradientBoostingRegressor(**options).fit(as_matrix(wide), wide.numeric[:, 0]), 1)
    rows = wide.take(np.arange(60))
    bare.predict(rows)
    tracemalloc.start()
    try:
        few = bare.predict(rows)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6
    np.testing.assert_array_equal(few, bare.predict(wide)[:60])
