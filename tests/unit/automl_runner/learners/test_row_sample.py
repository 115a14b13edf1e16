"""Large tables of texts are trained on some of their rows, which stand for the others."""

import numpy as np
import pytest

from automl_runner.learners import LEARNERS, text_linear
from automl_runner.learners.learner import TrainingSet
from automl_runner.learners.shared.row_sample import sample_rows
from builders.training import a_fit_context, features_of, shape_of, with_texts


def numbered_rows(target: np.ndarray, weights: np.ndarray | None = None) -> TrainingSet:
    numbers = np.arange(len(target), dtype=np.float64)[:, None]
    return TrainingSet(features_of(numbers, np.empty((len(target), 0), int), ()), target, weights)


def test_few_rows_are_all_kept() -> None:
    rows = numbered_rows(np.arange(100) % 2)
    assert sample_rows(rows, 100, a_fit_context("binary")) is rows


def test_a_rare_class_keeps_its_rows_and_the_weights_restore_the_shares() -> None:
    target = (np.arange(100_000) % 10_000 == 0).astype(np.int64)
    sample = sample_rows(numbered_rows(target), 20_000, a_fit_context("binary"))
    assert (len(sample.target), sample.target.sum()) == (20_008, 10)
    assert sample.weights is not None
    assert sample.weights[sample.target == 1].sum() == 10
    assert sample.weights.sum() == pytest.approx(100_000)
    assert (np.diff(sample.features.numeric[:, 0]) > 0).all()


def test_weights_of_the_user_count_in_a_sample() -> None:
    weights = np.random.default_rng(0).uniform(0.5, 2.0, 40_000)
    sample = sample_rows(numbered_rows(np.arange(40_000) / 7, weights), 10_000, a_fit_context("regression"))
    assert sample.weights is not None
    np.testing.assert_allclose(sample.weights, 4 * weights[sample.features.numeric[:, 0].astype(int)])


def test_with_too_much_text_rows_are_left_out_and_whole_texts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_linear, "MOST_VALUES", 20_000)
    monkeypatch.setattr(text_linear, "_FEWEST_ROWS", 100)
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, 2_000)
    words = generator.choice([f"w{number}" for number in range(20)], (2_000, 30))
    texts = [f"{' '.join(row)} {('bad', 'good')[one]}" for row, one in zip(words, target, strict=True)]
    rows = with_texts(numbered_rows(target), texts)
    learner = LEARNERS["text_linear"]
    parameters = {**learner.descriptor.default(shape_of(rows, "binary")), "characters": False, "words": 1}
    fitted = learner.fit(parameters, rows, None, a_fit_context("binary"))
    assert (fitted.estimator.predict(rows.features).argmax(axis=1) == target).mean() > 0.95
