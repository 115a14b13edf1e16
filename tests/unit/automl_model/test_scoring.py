"""Scores equal those of scikit-learn, and an error names an undefined metric."""

import numpy as np
import pytest
from sklearn import metrics

from automl_api.metrics import METRICS, metrics_of
from automl_model.scoring import SCORERS, labels, score

GENERATOR = np.random.default_rng(0)
LABEL = GENERATOR.integers(0, 2, 200)
TIED = np.round(np.clip(0.2 * LABEL + GENERATOR.random(200), 0, 1), 1)
THREE = GENERATOR.integers(0, 3, 200)
CHANCES = GENERATOR.dirichlet(np.ones(3), 200)


@pytest.mark.parametrize("weights", [None, GENERATOR.uniform(0.1, 3, 200)], ids=["unweighted", "weighted"])
def test_roc_auc_equals_scikit_learns_with_ties_and_weights(weights: np.ndarray | None) -> None:
    pair = np.column_stack([1 - TIED, TIED])
    expected = metrics.roc_auc_score(LABEL, TIED, sample_weight=weights)
    assert score("roc_auc", LABEL, pair, weights) == pytest.approx(expected)


def test_the_mean_roc_auc_of_many_classes_equals_scikit_learns() -> None:
    expected = metrics.roc_auc_score(THREE, CHANCES, multi_class="ovr")
    assert score("roc_auc_ovr", THREE, CHANCES) == pytest.approx(expected)


def test_log_loss_and_balanced_accuracy_equal_scikit_learns() -> None:
    assert score("log_loss", THREE, CHANCES) == pytest.approx(metrics.log_loss(THREE, CHANCES))
    expected = metrics.balanced_accuracy_score(THREE, CHANCES.argmax(axis=1))
    assert score("balanced_accuracy", THREE, CHANCES) == pytest.approx(expected)


def test_every_metric_has_a_function() -> None:
    assert set(SCORERS) == set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_best_for_the_true_values(name: str) -> None:
    task = METRICS[name].tasks[-1]
    if task == "regression":
        truth, worse = np.arange(1.0, 101), np.arange(1.0, 101)[::-1]
        target: np.ndarray = truth
    else:
        target = THREE if task == "multiclass" else LABEL
        truth, worse = np.eye(target.max() + 1)[target], np.roll(np.eye(target.max() + 1)[target], 1, axis=1)
    best, (low, high) = score(name, target, truth), METRICS[name].bounds
    assert METRICS[name].better(best, score(name, target, worse))
    assert best == pytest.approx(high if METRICS[name].direction == "maximize" else low, abs=1e-6)
    assert name in metrics_of(task)


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.needs != "values"])
def test_only_ranking_metrics_are_undefined_on_one_class(name: str) -> None:
    target, prediction = np.ones(3, np.int64), np.array([[0.4, 0.6]] * 3)
    if METRICS[name].ranks:
        with pytest.raises(ValueError, match=f"{name} is undefined"):
            score(name, target, prediction)
    else:
        assert np.isfinite(score(name, target, prediction))


def test_the_positive_class_begins_at_the_threshold() -> None:
    assert labels(np.array([[0.8, 0.2], [0.6, 0.4]]), 0.4).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("name", "target", "prediction"),
    [
        ("roc_auc", np.zeros(3, int), np.full((3, 2), 0.5)),
        ("r2", np.ones(3), np.ones(3)),
        ("rmse", np.ones(0), np.ones(0)),
        ("rmse", np.ones(2), np.array([1.0, np.nan])),
    ],
    ids=["one class", "a constant", "no rows", "not finite"],
)
def test_the_error_names_an_undefined_metric(name: str, target: np.ndarray, prediction: np.ndarray) -> None:
    with pytest.raises(ValueError, match=f"{name} is undefined"):
        score(name, target, prediction)
