"""Threshold metrics of a fold: the threshold is never chosen by the rows that it scores."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

from automl_api.metrics import tuned_by
from automl_runner.thresholds import FEWEST, FROM_COUNTS, fold_thresholds

SCORES = {"f1": f1_score, "balanced_accuracy": balanced_accuracy_score, "mcc": matthews_corrcoef}


def rare_class(rows: int, share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A target and calibrated probabilities of a class so rare that none reaches 0.5."""
    random = np.random.default_rng(seed)
    positive = np.clip(share * np.exp(random.normal(0.0, 0.8, rows)), 0.0, 0.45)
    target = (random.random(rows) < positive).astype(np.int64)
    return target, np.column_stack([1.0 - positive, positive])


def score(metric: str, target: np.ndarray, prediction: np.ndarray, thresholds: np.ndarray) -> float:
    """The metric of the labels that the thresholds give."""
    return float(SCORES[metric](target, prediction[:, 1] >= thresholds))


def test_every_metric_with_a_tuned_threshold_has_a_function() -> None:
    assert set(FROM_COUNTS) == set(tuned_by("threshold"))


@pytest.mark.parametrize("metric", tuned_by("threshold"))
def test_a_tuned_threshold_finds_a_rare_class(metric: str) -> None:
    target, prediction = rare_class(4000, 0.05)
    at_half = score(metric, target, prediction, np.full(len(target), 0.5))
    chosen = score(metric, target, prediction, fold_thresholds(metric, target, prediction, None, 0.05))
    assert chosen > at_half + 0.05


def test_no_row_chooses_its_own_threshold() -> None:
    target, prediction = rare_class(600, 0.2)
    thresholds = fold_thresholds("f1", target, prediction, None, 0.2)
    first, second = np.unique(thresholds)
    for own, threshold in ((first, first), (second, second)):
        rows = thresholds == own
        turned = np.where(rows[:, None], prediction[:, ::-1], prediction)
        assert set(fold_thresholds("f1", target, turned, None, 0.2)[rows]) == {threshold}


@pytest.mark.parametrize(("positives", "prevalence"), [(1, 0.1), (FEWEST - 1, 0.05), (3, 0.25)])
def test_with_few_positives_the_prevalence_decides(positives: int, prevalence: float) -> None:
    random = np.random.default_rng(1)
    target = np.zeros(200, np.int64)
    target[:positives] = 1
    positive = random.random(200)
    prediction = np.column_stack([1.0 - positive, positive])
    thresholds = fold_thresholds("f1", target, prediction, None, prevalence)
    assert np.mean(positive >= thresholds) == pytest.approx(prevalence, abs=1 / 200)


def test_a_weight_counts_like_repeated_rows() -> None:
    target, prediction = rare_class(800, 0.2)
    heavy = np.where(target == 1, 5.0, 1.0)
    weighted = fold_thresholds("f1", target, prediction, heavy, 0.2)
    assert not np.array_equal(weighted, fold_thresholds("f1", target, prediction, None, 0.2))
    assert np.array_equal(weighted, fold_thresholds("f1", target, prediction, 2.0 * heavy, 0.2))
