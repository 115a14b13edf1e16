"""CatBoost's model as arrays of our own, and what only CatBoost does among the learners."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import catboost
import numpy as np
import pytest

from automl_api.metrics import Task
from automl_model.features import Features
from automl_runner.learners.catboost import CatBoost
from automl_runner.learners.learner import LearnerRefused, TrainingSet
from automl_runner.learners.shared.catboost_trees import bare_model, hash_of
from builders.training import a_fit_context, features_of, shape_of, some_rows

ROWS = 600


def random_features(seed: int, highest: int, cardinality: int) -> Features:
    """Numbers with gaps, a category of few levels and one of many, with levels above `highest` unseen."""
    generator = np.random.default_rng(seed)
    numeric = np.round(generator.normal(size=(ROWS, 3)), 1)
    numeric[generator.random(numeric.shape) < 0.2] = np.nan
    many = (generator.random(ROWS) ** 3 * highest).astype(int)
    return features_of(numeric, np.column_stack([generator.integers(0, 6, ROWS), many]), (6, cardinality))


def data_of(features: Features) -> Any:
    names = np.array([str(code).encode() for code in range(max(features.cardinalities))], object)
    return catboost.FeaturesData(np.ascontiguousarray(features.numeric), names[features.codes])


def trained(features: Features, classes: int, one_hot: int) -> Any:
    signal = np.nan_to_num(features.numeric[:, 0]) + features.codes[:, 1] % 5 + (features.codes[:, 0] == 3)
    target = signal if classes == 1 else np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))
    loss = {1: "RMSE", 2: "Logloss"}.get(classes, "MultiClass")
    booster = catboost.CatBoost(
        {"loss_function": loss, "iterations": 40, "depth": 5, "one_hot_max_size": one_hot, "max_ctr_complexity": 1,
         "thread_count": 1, "allow_writing_files": False, "logging_level": "Silent"}
    )  # fmt: skip
    weights = np.random.default_rng(1).uniform(0.5, 2.0, ROWS)
    return booster.fit(catboost.Pool(data_of(features), target, weight=weights, thread_count=1))


@pytest.mark.parametrize("classes", [1, 2, 4])
@pytest.mark.parametrize("cardinality", [60, 20_000])
@pytest.mark.parametrize("one_hot", [2, 8, 100], ids="one-hot up to {}".format)
def test_predictions_equal_those_of_catboost(classes: int, cardinality: int, one_hot: int) -> None:
    train, unseen = (random_features(seed, int(cardinality * share), cardinality) for seed, share in ((0, 0.7), (1, 1)))
    booster = trained(train, classes, one_hot)
    seen = tuple(range(classes))
    model = bare_model(booster, train.layout, classes, seen, 30)
    expected = booster.predict(data_of(unseen), "RawFormulaVal" if classes == 1 else "Probability", ntree_end=30)
    np.testing.assert_allclose(model.predict(unseen), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(0, -1438285038), (2, -1284790409), (5, -1280163355), (1, 1121341681)],
)
def test_a_category_has_the_hash_that_catboost_exports(code: int, expected: int) -> None:
    assert hash_of(str(code)) == expected % 2**32


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_columns_that_say_nothing_give_the_mean_of_the_target(task: Task) -> None:
    rows = some_rows(task, weighted=True)
    constant = features_of(np.full((240, 2), 3.0), np.full((240, 1), 2), (4,))
    train = TrainingSet(constant, rows.target, rows.weights)
    fitted = CatBoost().fit({}, train, train, a_fit_context(task))
    predicted = fitted.estimator.predict(constant)
    expected = rows.target if task == "regression" else np.eye(predicted.shape[1])[rows.target]
    np.testing.assert_allclose(predicted[0], np.average(expected, axis=0, weights=rows.weights))


def test_rows_of_one_class_are_refused() -> None:
    rows = some_rows("binary")
    train = TrainingSet(rows.features, np.zeros(240, np.int64))
    with pytest.raises(LearnerRefused, match="the same class"):
        CatBoost().fit({}, train, rows, a_fit_context("binary"))


def test_validation_rows_of_classes_without_training_rows_are_left_out() -> None:
    train, valid = some_rows("multiclass"), some_rows("multiclass", seed=1)
    kept, other = np.flatnonzero(train.target != 2), np.flatnonzero(valid.target == 2)
    rows = TrainingSet(train.features.take(kept), train.target[kept])
    checked = TrainingSet(valid.features.take(other), valid.target[other])
    context = a_fit_context("multiclass")
    without = CatBoost().fit({"learning_rate": 0.3}, rows, None, context)
    assert CatBoost().fit({"learning_rate": 0.3}, rows, checked, context).rounds == without.rounds


def test_it_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = some_rows("binary")
    CatBoost().fit(CatBoost.descriptor.default(shape_of(rows, "binary")), rows, rows, a_fit_context("binary"))
    assert list(tmp_path.iterdir()) == []


def test_without_validation_rows_the_rounds_of_the_context_are_trained() -> None:
    rows, context = some_rows("regression"), a_fit_context("regression")
    fitted = CatBoost().fit({}, rows, None, type(context)(**{**vars(context), "rounds": 7}))
    assert fitted.rounds == 7


def test_later_rounds_than_the_best_can_be_predicted() -> None:
    train, valid = some_rows("regression"), some_rows("regression", seed=1)
    fitted = CatBoost().fit({"learning_rate": 0.3}, train, valid, a_fit_context("regression"))
    assert fitted.estimator.trained_rounds() > fitted.rounds  # type: ignore[attr-defined]


class Reversed(catboost.CatBoost):  # type: ignore[misc]  # a class without types
    """CatBoost that names its metrics in the opposite order."""

    def fit(self, *data: Any, callbacks: list[Any], **more: Any) -> Any:
        def after_iteration(info: Any) -> bool:
            metrics = {part: dict(reversed(found.items())) for part, found in info.metrics.items()}
            return bool(callbacks[0].after_iteration(SimpleNamespace(iteration=info.iteration, metrics=metrics)))

        return super().fit(*data, callbacks=[SimpleNamespace(after_iteration=after_iteration)], **more)


@pytest.mark.parametrize(("task", "metric"), [("binary", "roc_auc"), ("multiclass", "log_loss")])
def test_the_order_of_the_metrics_does_not_matter(task: Task, metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    train, valid = some_rows(task, 200), some_rows(task, 200, seed=1)
    default = CatBoost.descriptor.default(shape_of(train, task))
    expected = CatBoost().fit(default, train, valid, a_fit_context(task, metric=metric)).rounds
    monkeypatch.setattr(catboost, "CatBoost", Reversed)
    assert CatBoost().fit(default, train, valid, a_fit_context(task, metric=metric)).rounds == expected
