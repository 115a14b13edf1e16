"""Folds: every row once, classes spread evenly, groups whole, and no training on later rows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automl_runner.failures import WorkFailed
from automl_runner.prepare.fold_count import affordable, cost_of_defaults, holdout_rows, lay_folds
from automl_runner.prepare.folds import Rows, assign
from automl_runner.prepared import HOLDOUT, TRAINS, train_rows


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def classes(*counts: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """Class codes, each as often as the given counts say."""
    return np.repeat(np.arange(len(counts), dtype=np.int32), counts)


@given(counts=st.lists(st.integers(1, 40), min_size=2, max_size=5), folds=st.integers(2, 8))
def test_every_fold_has_its_share_of_each_class(counts: list[int], folds: int) -> None:
    strata = classes(*counts)
    assignment = assign(Rows(strata, True), folds, 0, generator())
    for code, count in enumerate(counts):
        members = assignment[strata == code]
        if count == 1:
            assert members.tolist() == [TRAINS]
        else:
            shares = np.bincount(members, minlength=folds)
            assert shares.max() - shares.min() <= 1
    sizes = np.bincount(assignment[assignment >= 0], minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_numbers_are_spread_evenly() -> None:
    target = np.arange(1000.0)
    assignment = assign(Rows(target, False), 5, 0, generator())
    assert np.ptp([target[assignment == fold].mean() for fold in range(5)]) < 2


def test_the_same_seed_makes_the_same_folds() -> None:
    rows = Rows(classes(30, 20), True)
    assert (assign(rows, 5, 5, generator()) == assign(rows, 5, 5, generator())).all()


@given(groups=st.lists(st.integers(0, 12), min_size=20, max_size=60), folds=st.integers(2, 4), away=st.integers(0, 5))
@example(groups=[0] * 20, folds=2, away=1)
def test_groups_are_never_split(groups: list[int], folds: int, away: int) -> None:
    numbers = np.array(groups, np.int64)
    assignment = assign(Rows(np.arange(len(groups), dtype=float), False, groups=numbers), folds, away, generator())
    for group in np.unique(numbers):
        assert len(np.unique(assignment[numbers == group])) == 1


def test_folds_of_groups_share_the_classes() -> None:
    groups = np.repeat(np.arange(100), 5)
    strata = (groups % 5 == 0).astype(np.int32)
    assignment = assign(Rows(strata, True, groups=groups), 5, 0, generator())
    assert [int(strata[assignment == fold].sum()) for fold in range(5)] == [20] * 5


@given(times=st.lists(st.integers(0, 30), min_size=12, max_size=60), folds=st.integers(1, 4), away=st.integers(0, 4))
def test_no_fold_trains_on_later_rows(times: list[int], folds: int, away: int) -> None:
    moments = np.array(times, float)
    rows = Rows(np.arange(len(times), dtype=float), False, times=moments)
    assignment = assign(rows, folds, away, generator())
    for fold in range(folds):
        train, valid = train_rows(assignment, "time", fold), assignment == fold
        if train.any() and valid.any():
            assert moments[train].max() < moments[valid].min()
    held = assignment == HOLDOUT
    assert not held.all()
    if held.any():
        assert moments[held].min() > moments[~held].max(initial=-1)


def test_a_single_split_validates_on_a_part_of_every_class() -> None:
    strata = classes(900, 98, 2)
    assignment = assign(Rows(strata, True), 1, 0, generator())
    assert np.bincount(strata[assignment == 0]).tolist() == [180, 20, 1]
    assert set(assignment.tolist()) == {0, TRAINS}


def test_a_holdout_has_the_same_class_shares_as_the_whole() -> None:
    strata = classes(800, 200)
    assignment = assign(Rows(strata, True), 4, 100, generator())
    assert np.bincount(strata[assignment == HOLDOUT]).tolist() == [80, 20]


def test_a_class_with_fewer_members_than_folds_means_fewer_folds() -> None:
    assignment, count, warnings = lay_folds(Rows(classes(50, 3, 1), True), 8, 0, generator())
    assert (count, assignment[-1]) == (3, TRAINS)
    assert warnings[0].message == (
        "3 folds instead of 8, because the rarest class has 3 rows; give more rows of it, or join it with another class"
    )


def test_the_message_names_the_class_that_causes_fewer_folds() -> None:
    _, _, warnings = lay_folds(Rows(classes(50, 2, 30), True), 8, 0, generator(), ("a", "b", "c"))
    assert warnings[0].message.startswith('2 folds instead of 8, because the rarest class ("b") has 2 rows')


def test_a_tiny_class_does_not_reduce_the_training_rows_of_the_others() -> None:
    strata = classes(6000, 4000, 2)
    assignment, count, warnings = lay_folds(Rows(strata, True), 8, 0, generator())
    assert (count, warnings) == (8, [])
    assert len(set(assignment[strata == 2])) == 2


def test_of_two_classes_the_rarer_one_is_in_every_fold_however_rare() -> None:
    _, count, warnings = lay_folds(Rows(classes(10_000, 2), True), 8, 0, generator())
    assert count == 2
    assert "the rarest class has 2 rows" in warnings[0].message


def test_few_groups_mean_few_folds_and_a_note_says_why() -> None:
    rows = Rows(np.arange(60.0), False, groups=np.arange(60) % 3)
    assert lay_folds(rows, 8, 0, generator())[2][0].message.endswith(
        "because there are 3 groups; give rows of more groups"
    )


def test_folds_by_time_become_fewer_until_each_has_two_classes() -> None:
    strata = np.array([0, 1] * 10 + [0] * 9 + [1], np.int32)
    _, count, _ = lay_folds(Rows(strata, True, times=np.arange(30.0)), 5, 0, generator())
    assert count == 4


def test_rows_that_cannot_be_scored_are_refused() -> None:
    strata = np.array([1] * 10 + [0] * 10, np.int32)
    with pytest.raises(
        WorkFailed, match="no rows can be kept for validation so that they and the others hold two classes"
    ):
        lay_folds(Rows(strata, True, times=np.arange(20.0)), 5, 0, generator())


@pytest.mark.parametrize(
    ("rows", "seconds_a_fold", "folds"),
    [(1000, 1.0, 8), (60, 1.0, 5), (1000, 9.0, 5), (1000, 24.0, 1), (2_000_000, 0.1, 1)],
    ids=["cheap", "few rows", "dearer", "dear", "very many rows"],
)
def test_folds_are_as_many_as_the_budget_pays_for(rows: int, seconds_a_fold: float, folds: int) -> None:
    assert affordable(lambda count: count * seconds_a_fold, 50.0, rows) == folds


@pytest.mark.parametrize(
    ("seconds", "judged", "expected"),
    [
        pytest.param([1.0] * 4, True, 18.0, id="about half of the folds after the first are trained"),
        pytest.param([1.0] * 4, False, 32.0, id="no trial is stopped early"),
        pytest.param([1.0, 2.0], True, 24.0, id="two trials are not judged by each other"),
    ],
)
def test_eight_folds_of_the_defaults_cost(seconds: list[float], judged: bool, expected: float) -> None:
    assert cost_of_defaults(8, seconds, judged=judged) == expected


@pytest.mark.parametrize(
    ("asked", "rows", "held"),
    [("auto", 250_000, 0), ("auto", 250_001, 5000), ("none", 10**6, 0), ("20%", 1000, 200), ("1%", 10, 1)],
)
def test_a_holdout_is_taken_where_it_is_cheap_or_asked_for(asked: str, rows: int, held: int) -> None:
    assert holdout_rows(asked, rows) == held
