"""Target encoding: no training row sees its own label, and new rows get the learned means."""

from pathlib import Path

import numpy as np
import pytest

from automl_api.metrics import Task
from automl_model.views import apply_view, read_view, write_view
from automl_runner.learners.learner import TrainingSet
from automl_runner.views import VIEWS
from builders.training import a_fit_context, features_of, some_rows


def test_categories_with_one_row_each_have_no_information_in_training() -> None:
    codes = np.arange(2, 202)[:, None]
    target = np.tile([0, 1], 100)
    train = TrainingSet(features_of(np.empty((200, 0)), codes, (202,)), target)
    _, features = VIEWS["target_encoding"].fit(train, a_fit_context("binary"))
    encoded = features.numeric[:, -1]
    assert abs(np.corrcoef(encoded, target)[0, 1]) < 0.4
    assert len(np.unique(encoded)) <= 5


def test_another_row_of_a_level_gets_its_smoothed_mean() -> None:
    codes = np.repeat([2, 3, 4], 30)[:, None]
    target = np.repeat([1, 0, 0], 30)
    train = TrainingSet(features_of(np.empty((90, 0)), codes, (5,)), target)
    state, _ = VIEWS["target_encoding"].fit(train, a_fit_context("binary"))
    seen = apply_view(state, features_of(np.empty((3, 0)), np.array([[2], [3], [1]]), (5,)))
    prior = 1 / 3
    expected = [(30 + 10 * prior) / 40, 10 * prior / 40, prior]
    np.testing.assert_allclose(seen.numeric[:, -1], expected, rtol=1e-6)


def test_many_levels_replace_their_codes_and_few_keep_them() -> None:
    codes = np.column_stack([np.arange(300) % 5 + 2, np.arange(300) % 150 + 2])
    train = TrainingSet(features_of(np.zeros((300, 1)), codes, (7, 152)), np.arange(300) % 2)
    _, features = VIEWS["target_encoding"].fit(train, a_fit_context("binary"))
    assert features.code_names == ("category_0",)
    assert features.numeric.shape == (300, 3)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_view_read_back_gives_the_same_features(task: Task, tmp_path: Path) -> None:
    train = some_rows(task)
    state, _ = VIEWS["target_encoding"].fit(train, a_fit_context(task))
    write_view(state, tmp_path)
    before, after = apply_view(state, train.features), apply_view(read_view(tmp_path), train.features)
    np.testing.assert_array_equal(before.numeric, after.numeric)
    np.testing.assert_array_equal(before.codes, after.codes)


def test_plain_copies_nothing() -> None:
    train = some_rows("binary")
    assert VIEWS["plain"].fit(train, a_fit_context("binary"))[1] is train.features
