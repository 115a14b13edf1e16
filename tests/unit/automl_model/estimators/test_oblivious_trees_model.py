"""Oblivious trees predict what their arrays say, and arrays that do not fit are refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_model.arrays import read_arrays, write_arrays
from automl_model.estimators import read_estimator
from automl_model.estimators.oblivious_trees_model import ObliviousTrees, ObliviousTreesModel
from automl_model.features import Features, Layout
from builders.training import features_of

NEVER = 2


def two_trees() -> ObliviousTreesModel:
    """Split 0: the second number is above 1.5. Split 1: the category is 3 or 9. The second tree has one level."""
    members = np.packbits(np.isin(np.arange(10), (3, 9)), bitorder="little")
    trees = ObliviousTrees(
        columns=np.array([1], np.int32),
        borders=np.array([1.5], np.float32),
        code_columns=np.array([0], np.int32),
        sizes=np.array([10], np.int32),
        members=members,
        splits=np.array([[0, 1], [1, NEVER]], np.int32),
        leaves=np.array([[[0.0], [1.0], [2.0], [3.0]], [[10.0], [20.0], [99.0], [99.0]]]),
    )
    return ObliviousTreesModel(trees, np.array([100.0]), columns=2, classes=1, seen=(0,), rounds=2)


def rows(*cells: tuple[float, int]) -> Features:
    numbers = np.array([(0.0, number) for number, _ in cells])
    return features_of(numbers, np.array([[code] for _, code in cells]), (10,))


@pytest.mark.parametrize(
    ("number", "code", "expected"),
    [
        pytest.param(1.5, 2, 110.0, id="neither split"),
        pytest.param(1.6, 2, 111.0, id="the number"),
        pytest.param(1.5, 9, 122.0, id="the category"),
        pytest.param(1.6, 3, 123.0, id="both"),
        pytest.param(np.nan, 0, 110.0, id="both missing"),
        pytest.param(np.inf, 1, 111.0, id="infinite, and unseen"),
        pytest.param(1.5, 70, 110.0, id="a code beyond the last counts as unseen"),
    ],
)
def test_the_leaf_is_the_sum_of_the_splits_that_a_row_passes(number: float, code: int, expected: float) -> None:
    assert two_trees().predict(rows((number, code))).tolist() == [expected]


def test_a_stage_uses_the_first_trees_only() -> None:
    staged = two_trees().predict_at(rows((1.6, 3), (0.0, 0)), (1, 2))
    assert staged.tolist() == [[103.0, 100.0], [123.0, 110.0]]


def test_many_rows_are_predicted_in_blocks_with_the_same_result() -> None:
    some = ((1.6, 3), (0.0, 0), (1.6, 0), (0.0, 9))
    many = rows(*(some * 300_000))
    assert (two_trees().predict(many) == np.tile(two_trees().predict(rows(*some)), 300_000)).all()


def test_a_row_has_the_same_bits_alone_and_among_many() -> None:
    random = np.random.default_rng(0)
    trees = ObliviousTrees(
        columns=np.zeros(200, np.int32),
        borders=random.normal(size=200).astype(np.float32),
        code_columns=np.zeros(20, np.int32),
        sizes=np.array([10], np.int32),
        members=random.integers(0, 256, 40).astype(np.uint8),
        splits=random.integers(0, 221, (300, 6)).astype(np.int32),
        leaves=random.normal(size=(300, 64, 1)),
    )
    model = ObliviousTreesModel(trees, np.array([0.1]), columns=1, classes=1, seen=(0,), rounds=300)
    many = features_of(random.normal(size=(2000, 1)), random.integers(0, 12, (2000, 1)), (10,))
    predicted = model.predict(many)
    for size in (1, 10, 200):
        assert model.predict(many.take(np.arange(size))).tolist() == predicted[:size].tolist()


def test_a_class_without_training_rows_has_probability_zero() -> None:
    model = ObliviousTreesModel(two_trees().trees, np.array([0.0]), columns=2, classes=3, seen=(0, 2), rounds=1)
    probabilities = model.predict(rows((1.6, 3)))
    np.testing.assert_allclose(probabilities, [[1 / (1 + np.exp(3)), 0.0, 1 / (1 + np.exp(-3))]])


def test_only_the_chosen_rounds_are_written(tmp_path: Path) -> None:
    whole = two_trees()
    ObliviousTreesModel(whole.trees, whole.intercept, columns=2, classes=1, seen=(0,), rounds=1).write(tmp_path)
    found = read_estimator(tmp_path)
    assert isinstance(found, ObliviousTreesModel)
    assert found.trained_rounds() == 1
    assert found.predict(rows((1.6, 3))).tolist() == [103.0]


def put(value: float, *place: int) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array[place] = value
        return array

    return change


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        pytest.param("columns", put(2, 0), "columns", id="a column beyond the last"),
        pytest.param("columns", put(-1, 0), "columns", id="a column before the first"),
        pytest.param("columns", lambda a: a[:0], "borders", id="a border without a column"),
        pytest.param("borders", put(np.nan, 0), "finite", id="a border that is no number"),
        pytest.param("borders", lambda a: a.astype(np.float64), "borders", id="borders of another type"),
        pytest.param("code_columns", put(1, 0), "code_columns", id="a categorical column beyond the last"),
        pytest.param("sizes", put(0, 0), "sizes", id="a categorical column without codes"),
        pytest.param("sizes", put(2**31 - 1, 0), "members", id="a column of countless codes"),
        pytest.param("members", lambda a: a[:1], "members", id="sets of codes that are too short"),
        pytest.param("splits", put(3, 0, 0), "splits", id="a split beyond the last"),
        pytest.param("splits", put(-1, 0, 0), "splits", id="a split before the first"),
        pytest.param("splits", lambda a: a[:, :0], "levels", id="trees without levels"),
        pytest.param("splits", lambda a: np.tile(a, 5), "levels", id="trees of ten levels"),
        pytest.param("splits", lambda a: a[:0], "levels", id="no trees"),
        pytest.param("leaves", lambda a: a[:, :2], "leaves", id="missing leaves"),
        pytest.param("leaves", put(np.inf, 0, 0, 0), "finite", id="an infinite leaf"),
        pytest.param("leaves", lambda a: np.tile(a, 2), "leaves", id="leaves of another number of outputs"),
        pytest.param("intercept", lambda a: np.tile(a, 2), "intercept", id="two intercepts"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, name: str, change: Callable[[Any], Any], words: str
) -> None:
    two_trees().write(tmp_path)
    arrays = {key: value.copy() for key, value in read_arrays(tmp_path / "trees.npz").items()}
    write_arrays(tmp_path / "trees.npz", {**arrays, name: change(arrays[name])})
    with pytest.raises(ValueError, match=words):
        read_estimator(tmp_path)


@pytest.mark.parametrize(
    ("layout", "classes"),
    [(Layout(3, (10,)), 1), (Layout(2, (11,)), 1), (Layout(2, ()), 1), (Layout(2, (10,)), 2)],
    ids=["more numbers", "another number of codes", "no categories", "other classes"],
)
def test_features_of_another_layout_are_refused(layout: Layout, classes: int) -> None:
    two_trees().check(Layout(2, (10,)), 1)
    with pytest.raises(ValueError, match="the trees"):
        two_trees().check(layout, classes)
