"""Each candidate of an ensemble has a temperature of its own for its probabilities."""

import numpy as np
import pytest

from automl_model.calibration import sharpen
from automl_model.scoring import score
from automl_runner.ensemble.crossfit import Crossfit
from automl_runner.ensemble.validation_target import ValidationTarget
from automl_runner.temperature_scaling import GRID, best_temperature, calibrated_by_halves, loss_table
from automl_runner.thresholds import halves
from builders.candidates import InMemoryCandidate, an_in_memory_candidate

FOLDS, ROWS, CLASSES = 4, 200, 5
GENERATOR = np.random.default_rng(0)
TARGET = GENERATOR.integers(0, CLASSES, FOLDS * ROWS)
FOLD_OF = np.repeat(np.arange(FOLDS), ROWS)


def candidate(learner: str, values: np.ndarray) -> InMemoryCandidate:
    return an_in_memory_candidate(learner, values, FOLD_OF)


def crossfit(metric: str, *candidates: InMemoryCandidate) -> Crossfit:
    return Crossfit(candidates, ValidationTarget(metric, tuple(range(FOLDS)), TARGET, None, FOLD_OF, seed=0))


def chances(noise: float, seed: int) -> np.ndarray:
    """Calibrated probabilities of the true class and the others; more noise means less is known."""
    logits = np.random.default_rng(seed).normal(size=(len(TARGET), CLASSES)) * noise
    logits[np.arange(len(TARGET)), TARGET] += noise**2
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def test_a_candidate_that_is_not_sure_enough_counts_like_its_calibrated_self() -> None:
    good, other = chances(2.5, 1), chances(2.0, 2)
    calibrated = crossfit("log_loss", candidate("mlp", other), candidate("extra_trees", good)).choose()
    cool = crossfit("log_loss", candidate("mlp", other), candidate("extra_trees", sharpen(good, 3.0))).choose()
    assert calibrated.weights.keys() == cool.weights.keys() == {0, 1}
    assert cool.weights[1] == pytest.approx(calibrated.weights[1], abs=0.1)
    assert cool.temperatures[1] == pytest.approx(1 / 3, rel=0.2)


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc_ovr"])
def test_ranks_and_labels_are_blended_at_the_same_temperatures(metric: str) -> None:
    candidates = candidate("mlp", chances(2.0, 2)), candidate("forest", sharpen(chances(2.5, 1), 3.0))
    choice = crossfit(metric, *candidates).choose()
    assert choice.temperatures[1] == pytest.approx(1 / 3, rel=0.2)
    assert choice.calibration.temperature == 1.0


def test_values_have_no_temperature() -> None:
    values = TARGET + GENERATOR.normal(size=len(TARGET))
    choice = crossfit("rmse", candidate("mlp", values), candidate("forest", TARGET + 0.5)).choose()
    assert set(choice.temperatures.values()) == {1.0}


def test_the_blend_is_the_weighted_mean_at_the_members_temperatures() -> None:
    choice = crossfit("log_loss", candidate("mlp", chances(2.0, 2)), candidate("forest", chances(2.5, 1))).choose()
    values = {0: 1.0, 1: 3.0}
    blended = choice.blend(lambda index, temperature: np.array([values[index] * temperature]))
    expected = sum(weight * values[index] * choice.temperatures[index] for index, weight in choice.weights.items())
    assert blended == pytest.approx([expected])


@pytest.mark.parametrize("weighted", [False, True])
def test_losses_are_those_of_the_metric_at_each_temperature(weighted: bool) -> None:
    prediction = chances(2.0, 3)
    prediction[:20] = np.eye(CLASSES)[(TARGET[:20] + np.arange(20) % 2) % CLASSES]
    weights = GENERATOR.uniform(0.5, 2, len(TARGET)) if weighted else None
    (found,) = loss_table(prediction, TARGET, weights, [np.arange(len(TARGET))])
    expected = [score("log_loss", TARGET, sharpen(prediction, temperature), weights) for temperature in GRID]
    np.testing.assert_allclose(found / len(TARGET), expected, rtol=1e-5)


def test_a_few_rows_that_are_all_right_do_not_make_probabilities_certain() -> None:
    rows, target = 60, np.zeros(60, int)
    prediction = np.tile([0.9, 0.1], (rows, 1))
    (found,) = loss_table(prediction, target, None, [np.arange(rows)])
    assert found.argmin() == 0
    assert 0.3 < best_temperature(found) < 1


def test_a_fold_is_scored_as_if_it_were_calibrated() -> None:
    good = chances(2.5, 1)
    scores = [
        score("log_loss", TARGET, calibrated_by_halves(sharpen(good, temperature), TARGET, None), None)
        for temperature in (1.0, 3.0)
    ]
    assert scores[1] == pytest.approx(scores[0], rel=0.02)
    assert scores[1] < 0.7 * score("log_loss", TARGET, sharpen(good, 3.0), None)


def test_the_rows_of_a_half_do_not_choose_their_own_temperature() -> None:
    half = halves(TARGET)
    prediction = np.where(half[:, None], sharpen(chances(2.0, 3), 0.5), sharpen(chances(2.0, 3), 2.0))
    found = calibrated_by_halves(prediction, TARGET, None)
    for own in (half, ~half):
        (of_the_other,) = loss_table(prediction[~own], TARGET[~own], None, [np.arange((~own).sum())])
        np.testing.assert_allclose(found[own], sharpen(prediction[own], best_temperature(of_the_other)))


def test_the_score_of_few_rows_is_that_of_the_predictions() -> None:
    prediction = chances(2.0, 3)[:99]
    assert calibrated_by_halves(prediction, TARGET[:99], None) is prediction
