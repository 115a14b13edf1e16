"""Confidence intervals resample independent units: rows, whole groups, blocks of time."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from automl_runner.ensemble.interval import Estimate, ScoredPart, around, estimate


def pair(chance: np.ndarray) -> np.ndarray:
    return np.column_stack([1 - chance, chance]).astype(float)


def width(found: Estimate) -> float:
    assert found.low < found.value < found.high
    return found.high - found.low


def test_an_interval_narrows_with_more_rows() -> None:
    def of(rows: int) -> float:
        label = np.tile([0, 1], rows // 2)
        chance = np.random.default_rng(1).random(rows) * 0.5 + 0.2 * label
        return width(estimate("roc_auc", [ScoredPart(label, pair(chance), None)], 0))

    assert of(4000) < of(400) / 2


def test_folds_share_their_noise_if_they_learn_nothing_but_not_if_they_predict_well() -> None:
    """Every fold repeats the same chance association, so the variance is more than twice as large."""
    random = np.random.default_rng(0)
    label = np.tile([0, 1], 300)

    def widening(signal: float) -> float:
        chance = np.clip(0.5 + signal * (label - 0.5) + 0.1 * random.normal(size=600), 0, 1)
        parts = [ScoredPart(label[rows], pair(chance[rows]), None) for rows in np.array_split(np.arange(600), 5)]
        apart, together = (estimate("roc_auc", parts, 0, folds=folds) for folds in (False, True))
        assert apart.value == together.value
        return width(together) / width(apart)

    assert widening(0.0) == pytest.approx((1 + 5 / 4) ** 0.5, rel=0.1)
    assert widening(0.2) < 1.1


def errors_by_group(groups: int, rows_a_group: int, spread: float, seed: int = 0) -> ScoredPart:
    """Predictions of zero, whose errors are a level of each group plus a little noise."""
    random = np.random.default_rng(seed)
    units = np.repeat(np.arange(groups), rows_a_group)
    errors = spread * random.normal(size=groups)[units] + 0.1 * random.normal(size=len(units))
    return ScoredPart(errors, np.zeros(len(units)), None, units=units)


def test_rows_of_a_group_count_as_one() -> None:
    """Ten times as many rows of the same groups add almost no information."""
    few, many = (width(estimate("rmse", [errors_by_group(20, rows, 1.0)], 0)) for rows in (5, 50))
    assert many == pytest.approx(few, rel=0.5)
    independent = ScoredPart(**{**vars(errors_by_group(20, 50, 1.0)), "units": None})
    assert many > 3 * width(estimate("rmse", [independent], 0))


def held(kind: str, seed: int) -> bool:
    """True if the interval of an estimate contains the score on the whole population."""
    part = errors_by_group(12, 25, 1.0, seed)
    assert part.units is not None
    if kind == "in parts":
        parts = [part.take(np.flatnonzero(part.units % 4 == group)) for group in range(4)]
    else:
        parts = [part]
    found = estimate("rmse", parts, seed)
    return found.low <= math.hypot(1.0, 0.1) <= found.high


@pytest.mark.parametrize("kind", ["in one part", "in parts"])
def test_intervals_over_groups_contain_the_true_score(kind: str) -> None:
    assert sum(held(kind, seed) for seed in range(100)) >= 85


def test_few_groups_make_a_wide_interval() -> None:
    two, twenty = (width(estimate("rmse", [errors_by_group(groups, 10, 1.0)], 0)) for groups in (3, 20))
    assert two > 3 * twenty


def blocks(levels: list[float], rows: int = 60, seed: int = 0) -> list[ScoredPart]:
    """Blocks of time whose errors are as large as their level."""
    random = np.random.default_rng(seed)
    starts = np.arange(len(levels)) * rows
    return [
        ScoredPart(level * random.normal(size=rows), np.zeros(rows), None, units=start + np.arange(rows))
        for level, start in zip(levels, starts, strict=True)
    ]


def test_variation_between_blocks_widens_the_interval_of_the_next_block() -> None:
    steady, changing = (
        estimate("rmse", blocks(levels), 0, ordered=True) for levels in ([1.0] * 6, [0.5, 1.5, 0.6, 1.4, 0.5, 1.5])
    )
    assert width(changing) > 3 * width(steady)
    assert changing.low < 0.6
    assert changing.high > 1.4


def test_a_few_blocks_that_differ_only_by_noise_widen_the_interval_a_little() -> None:
    """The interval allows for levels of the blocks; an interval from the rows alone is narrower."""
    for seed in range(5):
        steady = blocks([1.0] * 6, seed=seed)
        of_rows = [replace(block, units=None) for block in steady]
        assert width(estimate("rmse", steady, 0, ordered=True)) > 1.2 * width(estimate("rmse", of_rows, 0))


def test_many_blocks_do_not_narrow_the_interval_of_the_next_block() -> None:
    """The mean of 48 blocks is well known, but the interval contains every level that a block has had."""
    found = estimate("rmse", blocks([0.7, 1.3] * 24), 0, ordered=True)
    assert found.low < 0.7
    assert found.high > 1.3
    assert found.value == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_single_block_is_split_into_parts_by_time(parts: int) -> None:
    """A level that drifts within the block is not noise of rows."""
    random = np.random.default_rng(0)
    level = np.repeat([0.5, 0.5, 1.5, 1.5, 0.5, 1.5], 40)
    whole = ScoredPart(level * random.normal(size=240), np.zeros(240), None, units=np.arange(240))
    cut = [whole.take(own) for own in np.array_split(np.arange(240), parts)]
    assert width(estimate("rmse", cut, 0, ordered=True)) > 2 * width(estimate("rmse", cut, 0))


@pytest.mark.parametrize(
    ("metric", "value", "half", "least", "most"),
    [
        ("rmse", 0.1, 0.5, 0.0, np.inf),
        ("rmse", 1e-6, 1.0, 0.0, np.inf),
        ("log_loss", 1e-12, 0.1, 0.0, np.inf),
        ("roc_auc", 0.999, 0.1, 0.89, 1.0),
        ("accuracy", 1.0, 0.1, 0.8, 1.0),
        ("f1", 0.0, 0.1, 0.0, 0.2),
        ("mcc", -0.95, 0.1, -1.0, 0.0),
        ("r2", -3.0, 1.0, -4.0, -2.0),
    ],
)
def test_an_interval_stays_within_the_metrics_range(
    metric: str, value: float, half: float, least: float, most: float
) -> None:
    low, high = around(metric, value, half)
    assert least <= low <= value <= high <= most
    assert low < high


def test_parts_without_one_of_the_classes_are_left_out_and_all_of_them_are_pooled() -> None:
    random = np.random.default_rng(0)
    chance = random.random(60)
    both = ScoredPart(np.tile([0, 1], 30), pair(chance), None, np.full(60, 0.5), np.arange(60))
    one: Any = both.take(np.flatnonzero(both.target == 1))
    other: Any = both.take(np.flatnonzero(both.target == 0))
    assert estimate("roc_auc", [both, one], 0).value == estimate("roc_auc", [both], 0).value
    assert estimate("roc_auc", [one, other], 0).value == pytest.approx(estimate("roc_auc", [both], 0).value)
