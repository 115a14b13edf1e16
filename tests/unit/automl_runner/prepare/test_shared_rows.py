"""Shared rows: both folds of a pair leave them out, so that two models predict each of them."""

from typing import Any

import numpy as np
import pytest

from automl_runner.prepare.folds import Rows, assign
from automl_runner.prepare.shared_rows import EVERY, LEAST_FOLDS, LEAST_ROWS, share_rows
from automl_runner.prepared import partner, train_rows

ROWS = LEAST_ROWS + 400
RARE = 30


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def shared_of(rows: Rows, folds: int) -> tuple[Any, Any]:
    assignment = assign(rows, folds, 0, generator())
    return assignment, share_rows(rows, assignment, folds, generator())


def numbers(rows: int) -> Rows:
    return Rows(np.arange(float(rows)), classification=False)


@pytest.mark.parametrize("folds", [5, 6, 8])
def test_a_fold_trains_on_all_rows_but_its_own_and_the_shared_ones_of_its_partner(folds: int) -> None:
    assignment, shared = shared_of(numbers(ROWS), folds)
    for fold in range(folds):
        left_out = ~train_rows(assignment, "kfold", fold, shared)
        assert (left_out == ((assignment == fold) | (shared & (assignment == partner(fold))))).all()
    paired = folds // 2 * 2 / folds
    assert shared.mean() == pytest.approx(paired / EVERY, rel=0.1)
    assert not shared[assignment >= folds // 2 * 2].any()


def test_shared_rows_have_the_targets_of_all_rows() -> None:
    _, shared = shared_of(numbers(ROWS), 8)
    assert np.flatnonzero(shared).mean() == pytest.approx(ROWS / 2, rel=0.05)


def test_every_fold_is_trained_on_rare_classes() -> None:
    classes = np.repeat(np.arange(3, dtype=np.int32), [ROWS, ROWS, RARE])
    _, shared = shared_of(Rows(classes, classification=True), 8)
    assert not shared[classes == 2].any()
    counts = np.bincount(classes[shared])
    assert counts.max() - counts.min() <= 8


@pytest.mark.parametrize(
    "rows",
    [
        numbers(LEAST_ROWS - 1),
        Rows(np.arange(float(ROWS)), classification=False, groups=np.arange(ROWS) // 5),
        Rows(np.arange(float(ROWS)), classification=False, times=np.arange(float(ROWS))),
    ],
    ids=["few rows", "groups", "time"],
)
def test_no_rows_are_shared(rows: Rows) -> None:
    assert shared_of(rows, 8)[1] is None


@pytest.mark.parametrize("folds", [1, LEAST_FOLDS - 1])
def test_few_folds_share_no_rows_because_their_models_are_not_published(folds: int) -> None:
    assert shared_of(numbers(ROWS), folds)[1] is None


def test_with_a_holdout_no_rows_are_shared_because_it_is_scored_by_the_average() -> None:
    assignment = assign(numbers(ROWS), 8, 100, generator())
    assert share_rows(numbers(ROWS), assignment, 8, generator()) is None
