"""Scores equal those of scikit-learn, and an error names an undefined metric."""

import numpy as np
import pytest
from scipy import stats
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


VALUES = np.round(GENERATOR.lognormal(size=200), 1)
GUESSES = np.round(VALUES * GENERATOR.lognormal(0, 0.5, 200), 1)
WEIGHTS = GENERATOR.integers(1, 4, 200)
MOST_LIKELY = CHANCES.argmax(axis=1)
WEIGHTED = pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])


@WEIGHTED
def test_quadratic_kappa_and_micro_f1_equal_scikit_learns(weights: np.ndarray | None) -> None:
    kappa = metrics.cohen_kappa_score(THREE, MOST_LIKELY, weights="quadratic", sample_weight=weights)
    assert score("quadratic_kappa", THREE, CHANCES, weights) == pytest.approx(kappa)
    f1 = metrics.f1_score(THREE, MOST_LIKELY, average="micro", sample_weight=weights)
    assert score("f1_micro", THREE, CHANCES, weights) == pytest.approx(f1)


def test_quadratic_kappa_knows_the_distance_across_a_class_without_rows() -> None:
    target, far, near = (np.array(codes) for codes in ([0, 0, 3, 3], [0, 3, 3, 3], [0, 1, 3, 3]))
    scores = [score("quadratic_kappa", target, np.eye(4)[codes]) for codes in (far, near)]
    expected = metrics.cohen_kappa_score(target, near, weights="quadratic", labels=range(4))
    assert scores[0] < scores[1] == pytest.approx(expected)


def test_the_mean_roc_auc_of_pairs_equals_scikit_learns() -> None:
    rounded = np.round(CHANCES, 1) + 1e-9
    chances = rounded / rounded.sum(axis=1, keepdims=True)
    expected = metrics.roc_auc_score(THREE, chances, multi_class="ovo")
    assert score("roc_auc_ovo", THREE, chances) == pytest.approx(expected)


def test_the_mean_roc_auc_of_pairs_leaves_out_a_class_without_rows() -> None:
    four = np.column_stack([CHANCES, np.zeros(200)])
    assert score("roc_auc_ovo", THREE, four) == pytest.approx(score("roc_auc_ovo", THREE, CHANCES))


@WEIGHTED
def test_rmsle_equals_scikit_learns(weights: np.ndarray | None) -> None:
    expected = metrics.root_mean_squared_log_error(VALUES, GUESSES, sample_weight=weights)
    assert score("rmsle", VALUES, GUESSES, weights) == pytest.approx(expected)
    assert score("rmsle", VALUES, GUESSES - 100, weights) == pytest.approx(score("rmsle", VALUES, 0 * VALUES, weights))


def test_spearman_equals_scipys() -> None:
    assert score("spearman", VALUES, GUESSES) == pytest.approx(stats.spearmanr(VALUES, GUESSES).statistic)
    assert score("spearman", VALUES, np.ones(200)) == 0.0


def test_smape_is_the_error_in_parts_of_the_mean_size() -> None:
    target, value = np.array([100.0, 0.0, 0.0, -2.0]), np.array([50.0, 0.0, 3.0, 2.0])
    assert score("smape", target, value) == pytest.approx(np.mean([50 / 75, 0.0, 2.0, 2.0]))


@pytest.mark.parametrize("name", [*metrics_of("multiclass"), *metrics_of("regression")])
def test_a_weight_counts_like_so_many_rows(name: str) -> None:
    values = METRICS[name].needs == "values"
    target, prediction = (VALUES, GUESSES) if values else (THREE, CHANCES)
    if name == "median_absolute_error":
        target, prediction = target[:3], prediction[:3]  # between two values, scikit-learn's takes the mean or one
    weights = WEIGHTS[: len(target)]
    repeated = score(name, np.repeat(target, weights), np.repeat(prediction, weights, axis=0))
    assert score(name, target, prediction, weights.astype(float)) == pytest.approx(repeated)


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
def test_only_ranks_and_chance_agreement_are_undefined_on_one_class(name: str) -> None:
    target, prediction = np.ones(3, np.int64), np.array([[0.4, 0.6]] * 3)
    if METRICS[name].ranks or METRICS[name].ordered:
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
        ("spearman", np.ones(3), np.arange(3.0)),
        ("rmsle", np.array([1.0, -0.5]), np.ones(2)),
        ("quadratic_kappa", np.ones(3, int), np.eye(3)[[1, 1, 1]]),
        ("roc_auc_ovo", np.ones(3, int), np.full((3, 3), 1 / 3)),
        ("rmse", np.ones(0), np.ones(0)),
        ("rmse", np.ones(2), np.array([1.0, np.nan])),
    ],
    ids=[
        "one class",
        "a constant",
        "ranks of a constant",
        "a negative target",
        "one class of three",
        "no pair of classes",
        "no rows",
        "not finite",
    ],
)
def test_the_error_names_an_undefined_metric(name: str, target: np.ndarray, prediction: np.ndarray) -> None:
    with pytest.raises(ValueError, match=f"{name} is undefined"):
        score(name, target, prediction)
