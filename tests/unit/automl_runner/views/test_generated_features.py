"""Generated features: formulas that say more than their columns are kept, and nothing else."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from automl_model.views import ViewState, apply_view
from automl_runner.learners.learner import TrainingSet
from automl_runner.views import VIEWS
from automl_runner.views.candidates import binned, explained
from automl_runner.views.generated_features import kept_at_most
from automl_runner.views.quick_model import gain_shares, sample_of
from builders.training import a_fit_context, features_of

ROWS = 1500


def rows_of_ratio(seed: int = 0, *, noise: float = 0.1) -> TrainingSet:
    """A target that depends on the ratio of two of four numbers."""
    generator = np.random.default_rng(seed)
    numeric = generator.uniform(0.1, 3.0, size=(ROWS, 4))
    ratio = np.log(numeric[:, 1] / numeric[:, 2])
    target = np.sin(4 * ratio) + noise * generator.normal(size=ROWS)
    return TrainingSet(features_of(numeric, np.empty((ROWS, 0), np.int64), ()), target)


def rows_of_groups(seed: int = 0) -> TrainingSet:
    """A target that depends on a number's distance from the mean of its category."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(2, 42, ROWS)
    center = np.random.default_rng(1).uniform(-30, 30, 42)[codes]
    distance = generator.normal(size=ROWS)
    features = features_of((center + distance)[:, None], codes[:, None], (42,))
    return TrainingSet(features, np.abs(distance) + 0.1 * generator.normal(size=ROWS))


def fitted(train: TrainingSet, seed: int = 0) -> ViewState:
    return VIEWS["generated_features"].fit(train, a_fit_context("regression", seed))[0]


def names_of(view: ViewState) -> list[str]:
    return [formula["name"] for formula in view.state["formulas"]]


def test_the_ratio_that_a_target_depends_on_comes_first() -> None:
    view = fitted(rows_of_ratio())
    assert names_of(view)[0] == "number_1 / number_2"
    worth = [formula["worth"] for formula in view.state["formulas"]]
    assert worth == sorted(worth, reverse=True)
    assert 0.05 < worth[0] <= 1.0


def test_the_distance_from_a_groups_mean_comes_first() -> None:
    assert names_of(fitted(rows_of_groups()))[0] == "number_0 - mean(number_0 by category_0)"


def test_nothing_is_kept_where_the_target_is_noise() -> None:
    train = rows_of_ratio()
    noise = np.random.default_rng(5).normal(size=ROWS)
    view, seen = VIEWS["generated_features"].fit(TrainingSet(train.features, noise), a_fit_context("regression"))
    assert names_of(view) == []
    np.testing.assert_array_equal(seen.numeric, train.features.numeric)


def test_group_means_are_those_of_all_training_rows_and_unseen_levels_get_the_mean_of_all() -> None:
    train = rows_of_groups()
    view = fitted(train)
    place = names_of(view).index("number_0 - mean(number_0 by category_0)")
    number, codes = train.features.numeric[:, 0].astype(float), train.features.codes[:, 0]
    new = features_of(np.zeros((2, 1)), np.array([[7], [1]]), (42,))
    own = (number[codes == 7].sum() + number.mean()) / ((codes == 7).sum() + 1)
    seen = apply_view(view, new).numeric[:, 1 + place]
    np.testing.assert_allclose(seen, [-own, -number.mean()], rtol=1e-4)


def test_division_by_zero_and_overflow_are_missing() -> None:
    view = fitted(rows_of_ratio())
    numeric = np.full((3, 4), [1.0, 2.0, 3.0, 4.0])
    numeric[0] = 0.0
    numeric[1] = 3e38
    numeric[2] = np.nan
    values = apply_view(view, features_of(numeric, np.empty((3, 0), np.int64), ())).numeric
    assert not np.isinf(values).any()
    assert np.isnan(values[2]).all()
    assert np.isnan(values[0, 4 + names_of(view).index("number_1 / number_2")])


def test_rows_of_weight_zero_are_not_looked_at() -> None:
    train, other = rows_of_ratio(), rows_of_ratio(1)
    weights = np.repeat([1.0, 0.0], ROWS)
    changed = np.concatenate([train.features.numeric, np.full_like(other.features.numeric, 7.0)])
    original = np.concatenate([train.features.numeric, other.features.numeric])
    target = np.concatenate([train.target, other.target])
    codes = np.empty((2 * ROWS, 0), np.int64)
    views = [fitted(TrainingSet(features_of(rows, codes, ()), target, weights)) for rows in (changed, original)]
    assert views[0].state == views[1].state


@pytest.mark.parametrize(("columns", "most"), [(1, 20), (40, 20), (100, 50), (10_000, 100)])
def test_the_number_of_features_is_bounded_by_the_number_of_columns(columns: int, most: int) -> None:
    assert kept_at_most(columns) == most


def test_formulas_of_a_wide_table_name_their_columns_among_all_columns() -> None:
    generator = np.random.default_rng(0)
    numeric = generator.uniform(0.1, 3.0, size=(1000, 140))
    target = np.abs(numeric[:, 121] - 2 * numeric[:, 137]) + numeric[:, 121] + 0.1 * generator.normal(size=1000)
    view = fitted(TrainingSet(features_of(numeric, np.empty((1000, 0), np.int64), ()), target))
    formulas = view.state["formulas"]
    assert {121, 137} in [set(formula["columns"]) for formula in formulas]
    for formula in formulas:
        first, second = formula["columns"]
        assert formula["name"].split() == [f"number_{first}", formula["name"].split()[1], f"number_{second}"]


@dataclass
class Clock:
    left: float

    def seconds_left(self) -> float:
        return self.left


@pytest.mark.parametrize(("takes", "kept"), [(4.0, True), (6.0, False)], ids=["less than half", "more than half"])
def test_nothing_is_kept_once_half_of_the_time_is_spent(
    takes: float, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(10.0)

    def slow(*arguments: Any) -> Any:
        clock.left = 10.0 - takes
        return gain_shares(*arguments)

    monkeypatch.setattr("automl_runner.views.generated_features.gain_shares", slow)
    context = replace(a_fit_context("regression"), seconds_left=clock.seconds_left)
    view, _ = VIEWS["generated_features"].fit(rows_of_ratio(), context)
    assert bool(names_of(view)) == kept


@pytest.mark.parametrize("sizes", [[25] * 60, [1499, 1], [1500]], ids=["many groups", "two groups", "one group"])
def test_groups_are_never_on_both_sides_of_a_judgement(sizes: list[int]) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    train = replace(rows_of_ratio(), groups=groups)
    half = sample_of(train, a_fit_context("regression")).half
    if len(sizes) > 1:
        assert all(len(np.unique(half[groups == group])) == 1 for group in range(len(sizes)))
    assert 0 < half.sum() < ROWS
    fitted(train)


def test_formulas_that_only_tell_groups_apart_are_not_kept() -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 25)
    numeric = generator.uniform(0.1, 3.0, size=(ROWS, 3))
    numeric[:, 1] = numeric[:, 0] * (1 + groups / 10)
    target = generator.normal(size=60)[groups] + 0.1 * generator.normal(size=ROWS)
    train = TrainingSet(features_of(numeric, np.empty((ROWS, 0), np.int64), ()), target)
    assert names_of(fitted(train))
    assert names_of(fitted(replace(train, groups=groups))) == []


def test_the_means_of_bins_explain_the_other_half_as_their_definition_says() -> None:
    sample = sample_of(rows_of_ratio(), a_fit_context("regression"))
    bins, outputs = binned(sample.features.numeric[:, 1]), sample.outputs[:, 0]
    gain = 0.0
    for own in (sample.half, ~sample.half):
        for row in np.flatnonzero(~own):
            alike = own & (bins.of_rows == bins.of_rows[row])
            predicted = outputs[alike].sum() / (alike.sum() + 10)
            gain += outputs[row] ** 2 - (outputs[row] - predicted) ** 2
    assert explained(bins, sample.outputs, sample) == pytest.approx(gain / (outputs**2).sum())
    assert 25 < bins.count <= 34
