"""Ensemble selection: the fast metrics equal the defined ones, and blends are chosen by the rules."""

import numpy as np
import pytest

from automl_api.metrics import METRICS, metrics_of, tuned_by
from automl_model.scoring import score
from automl_runner.ensemble.calibration import calibrate
from automl_runner.ensemble.greedy import MAX_MEMBERS, blend, select
from automl_runner.ensemble.objectives import Objective, reduce_predictions
from automl_runner.thresholds import best_thresholds

GENERATOR = np.random.default_rng(0)
ROWS = 300
PARTS = (np.arange(100), np.arange(100, 300))
LABEL = GENERATOR.integers(0, 2, ROWS)
COARSE = np.round(np.clip(0.3 * LABEL + GENERATOR.random((4, ROWS)), 0, 1), 1).astype(np.float32)


def pair(blended: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - blended, blended]).astype(float)


@pytest.mark.parametrize("metric", [name for name in metrics_of("binary") if METRICS[name].calibration == "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_binary_objective_is_the_mean_of_the_parts_scores(metric: str, weighted: bool) -> None:
    weights = GENERATOR.uniform(0.5, 2, ROWS) if weighted else None
    found = Objective(metric, LABEL, weights, PARTS).scores(COARSE)
    for one, value in zip(COARSE, found, strict=True):
        parts = [score(metric, LABEL[p], pair(one[p]), None if weights is None else weights[p]) for p in PARTS]
        shares = [100, 200] if weights is None else [weights[rows].sum() for rows in PARTS]
        assert value == pytest.approx(np.average(parts, weights=shares), abs=1e-6)


def assert_objective_is_the_mean_of_parts(metric: str, target: np.ndarray, predictions: np.ndarray) -> None:
    for weights in (None, GENERATOR.uniform(0.5, 2, ROWS)):
        found = Objective(metric, target, weights, PARTS).scores(predictions)
        each = np.ones(ROWS) if weights is None else weights
        expected = [
            np.average(
                [score(metric, target[p], one[p], each[p]) for p in PARTS], weights=[each[p].sum() for p in PARTS]
            )
            for one in predictions
        ]
        np.testing.assert_allclose(found, METRICS[metric].sign * np.array(expected), rtol=1e-5)


@pytest.mark.parametrize("metric", metrics_of("regression"))
def test_a_regression_objective_is_the_mean_of_the_parts_scores(metric: str) -> None:
    target = np.round(np.abs(GENERATOR.normal(5, 1, ROWS)), 1)
    values = (target + np.round(GENERATOR.normal(size=(3, ROWS)), 1)).astype(np.float32)
    assert_objective_is_the_mean_of_parts(metric, target, values)


@pytest.mark.parametrize("metric", [name for name in metrics_of("multiclass") if name != "log_loss"])
def test_a_multiclass_objective_is_the_mean_of_the_parts_scores(metric: str) -> None:
    target = GENERATOR.integers(0, 4, ROWS)
    chances = GENERATOR.dirichlet(np.ones(4), (3, ROWS)).astype(np.float32)
    assert_objective_is_the_mean_of_parts(metric, target, chances)


def test_a_constant_blend_has_no_rank_correlation() -> None:
    target = np.arange(float(ROWS))
    found = Objective("spearman", target, None, PARTS).scores(np.stack([np.ones(ROWS), target]).astype(np.float32))
    assert found.tolist() == pytest.approx([0.0, 1.0])


def test_the_log_loss_of_a_blend_needs_the_true_class_only() -> None:
    target = GENERATOR.integers(0, 3, ROWS)
    predictions = GENERATOR.dirichlet(np.ones(3), ROWS)
    reduced, _ = reduce_predictions("log_loss", predictions, target)
    found = Objective("log_loss", target, None, (np.arange(ROWS),)).scores(reduced[None])
    assert found[0] == pytest.approx(-score("log_loss", target, predictions))


@pytest.mark.parametrize("metric", tuned_by("threshold"))
def test_no_threshold_is_better_than_the_chosen_one(metric: str) -> None:
    values, thresholds = best_thresholds(metric, COARSE, LABEL, None)
    for one, value, threshold in zip(COARSE, values, thresholds, strict=True):
        assert score(metric, LABEL, pair(one), None, float(threshold)) == pytest.approx(float(value))
        others = [score(metric, LABEL, pair(one), None, float(cut)) for cut in np.unique(one)]
        assert max(others) <= value + 1e-9


def test_a_part_without_one_of_the_classes_is_left_out() -> None:
    label = np.concatenate([np.zeros(100, int), LABEL[100:]])
    found = Objective("roc_auc", label, None, PARTS).scores(COARSE)
    assert found[0] == pytest.approx(score("roc_auc", label[100:], pair(COARSE[0][100:])))


def test_a_perfect_candidate_is_chosen_alone() -> None:
    candidates = np.stack([COARSE[0], LABEL.astype(np.float32), COARSE[1]])
    assert select(candidates, Objective("roc_auc", LABEL, None, PARTS)) == {1: 1.0}


def test_errors_that_cancel_are_blended() -> None:
    target = np.zeros(ROWS)
    noise = GENERATOR.normal(size=ROWS)
    weights = select(np.stack([noise, -noise, noise + 3]).astype(np.float32), Objective("rmse", target, None, PARTS))
    assert weights == pytest.approx({0: 0.5, 1: 0.5})
    np.testing.assert_allclose(blend(np.stack([noise, -noise]), weights), 0, atol=1e-9)


def test_a_member_whose_gain_is_noise_is_left_out() -> None:
    generator = np.random.default_rng(3)
    error, other = generator.normal(size=(2, ROWS))
    often = np.concatenate([1.02 * error[PARTS[0]], (0.97 * error + 0.243 * other)[PARTS[1]]])
    candidates = np.stack([error, often]).astype(np.float32)
    assert len(select(candidates, Objective("rmse", np.zeros(ROWS), None, PARTS))) == 1


def test_a_member_that_helps_in_every_part_is_kept() -> None:
    generator, target = np.random.default_rng(4), np.zeros(ROWS)
    candidates = generator.normal(size=(3, ROWS)).astype(np.float32)
    assert len(select(candidates, Objective("rmse", target, None, PARTS))) == 3


def test_the_number_of_members_is_bounded() -> None:
    target = np.zeros(ROWS)
    noise = GENERATOR.normal(size=(30, ROWS)).astype(np.float32)
    assert len(select(noise, Objective("rmse", target, None, PARTS))) <= MAX_MEMBERS


def test_overconfident_probabilities_are_cooled() -> None:
    chance = GENERATOR.uniform(0.2, 0.8, 2000)
    label = (GENERATOR.random(2000) < chance).astype(int)
    odds = (chance / (1 - chance)) ** 2.5
    calibration = calibrate("log_loss", label, pair(odds / (1 + odds)), None)
    assert calibration.temperature > 1.5
