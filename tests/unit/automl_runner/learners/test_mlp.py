"""The network: what only it does among the learners, and the gradient of its training."""

from typing import Any

import numpy as np
import pytest

from automl_api.metrics import Task
from automl_runner.learners.learner import TrainingSet
from automl_runner.learners.mlp import MLP
from automl_runner.learners.shared.linear_design import fit_scaling, one_hot, places_of_levels
from automl_runner.learners.shared.network import (
    Hyperparameters,
    Network,
    NetworkRows,
    cycle_of,
    flat_then_falling,
    in_cycles,
)
from automl_runner.learners.shared.network_target import NetworkTarget
from builders.training import a_fit_context, features_of, shape_of, some_rows

SMALL = Hyperparameters(
    width=6, depth=2, features=2, frequency=0.5, rate=0.04, decay=0.0, dropout=0.0, epochs=4, batch=16
)


def the_network_rows(rows: TrainingSet) -> NetworkRows:
    scaled = fit_scaling(rows.features.numeric, 20.0)
    numbers = np.nan_to_num((rows.features.numeric - scaled.median) / scaled.scale).astype(np.float32)
    flags = np.isnan(rows.features.numeric[:, 1:2]).astype(np.float32)
    return NetworkRows(numbers, flags, one_hot(rows.features, places_of_levels(rows.features)))


def waves_of(rows: int, seed: int) -> TrainingSet:
    """A target that is a wave of a number, and a product of two others."""
    generator = np.random.default_rng(seed)
    numbers = generator.uniform(-1, 1, (rows, 3))
    target = np.sin(4 * numbers[:, 0]) + 2 * numbers[:, 1] * numbers[:, 2]
    return TrainingSet(features_of(numbers, np.empty((rows, 0), int), ()), target)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_gradient_is_the_slope_of_the_loss(task: Task) -> None:
    rows = some_rows(task, 40)
    target, given = NetworkTarget(rows, a_fit_context(task)), the_network_rows(rows)
    network = Network(SMALL, given, target.outputs, np.random.default_rng(0))
    places, step = np.arange(40), 1e-2
    network.learn(given, places, target.gradient, 0.0, np.random.default_rng(0))
    found, start = network.gradient.copy(), network.flat.copy()
    steepest = np.argsort(-np.abs(found))[:40]
    for place in steepest:
        losses = []
        for change in (-step, step):
            network.flat[...] = start
            network.flat[place] += change
            losses.append(target.loss(network.outputs(given), rows))
        slope = (losses[1] - losses[0]) / (2 * step)
        # A squared error has half the gradient of its mean: the constant belongs to the rate.
        assert found[place] == pytest.approx(slope / (2 if task == "regression" else 1), rel=0.05, abs=2e-3)


def test_it_learns_waves_and_products() -> None:
    train, valid = waves_of(2000, 0), waves_of(500, 1)
    fitted = MLP().fit(MLP.descriptor.default(shape_of(train, "regression")), train, valid, a_fit_context("regression"))
    errors = fitted.estimator.predict(valid.features) - valid.target
    assert np.var(errors) < 0.02 * np.var(valid.target)


def test_values_far_away_stay_within_the_range_of_training() -> None:
    train = waves_of(300, 0)
    fitted = MLP().fit({"epochs": 8}, train, waves_of(100, 1), a_fit_context("regression"))
    far = features_of(np.full((2, 3), [[1e9], [-1e9]]), np.empty((2, 0), int), ())
    predicted = fitted.estimator.predict(far)
    assert train.target.min() <= predicted.min()
    assert predicted.max() <= train.target.max()


def test_noise_ends_the_training_early() -> None:
    generator = np.random.default_rng(0)
    train, valid = (
        TrainingSet(some_rows("binary", 400, seed).features, generator.integers(0, 2, 400)) for seed in (0, 1)
    )
    fitted = MLP().fit({"epochs": 60}, train, valid, a_fit_context("binary"))
    assert fitted.rounds < 30


def test_without_validation_rows_it_trains_for_the_given_epochs() -> None:
    train = some_rows("binary")
    context = a_fit_context("binary")
    fitted = MLP().fit({"epochs": 20}, train, None, type(context)(**vars(context) | {"rounds": 7}))
    assert fitted.rounds == 7


@pytest.mark.parametrize(
    ("progress", "cycle"), [(0.0, 0), (0.06, 0), (0.07, 1), (0.19, 1), (0.21, 2), (0.46, 2), (0.47, 3), (1.0, 3)]
)
def test_each_cycle_is_twice_as_long_as_the_one_before(progress: float, cycle: int) -> None:
    assert cycle_of(progress) == cycle


@pytest.mark.parametrize(
    ("schedule", "progress", "value"),
    [
        pytest.param(in_cycles, 0.0, 0.0, id="a cycle begins at 0"),
        pytest.param(in_cycles, 0.2, 0.0, id="the second cycle ends at a fifth"),
        pytest.param(in_cycles, 1.0, 0.0, id="the last cycle ends at the end"),
        pytest.param(flat_then_falling, 0.5, 1.0, id="flat to the half"),
        pytest.param(flat_then_falling, 1.0, 0.0, id="0 at the end"),
    ],
)
def test_schedules_have_their_values_at_the_ends(schedule: Any, progress: float, value: float) -> None:
    assert schedule(progress) == pytest.approx(value, abs=1e-9)
