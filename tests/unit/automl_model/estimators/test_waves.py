"""Sines and cosines of numbers that begin anew, and the models that read them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_model.encoding.dates import DatetimeEncoder
from automl_model.encoding.encoder import Encoder
from automl_model.encoding.numeric import NumericEncoder
from automl_model.estimators import linear_model
from automl_model.estimators.waves import WAVES, arrays_of_cycles, read_cycles, waves_of
from automl_model.features import Cycle, Features
from automl_model.views import ViewState, apply_view
from automl_runner.learners import LEARNERS
from automl_runner.learners.learner import TrainingSet, training_shape
from builders.training import a_fit_context


def hours_of(rows: int = 2000) -> Features:
    """An amount and the parts of times, an hour apart, over some months."""
    times = pd.date_range("2024-01-01", periods=rows, freq="h")
    amounts = np.random.default_rng(0).normal(size=rows)
    encoder = Encoder((NumericEncoder("amount"), DatetimeEncoder("when", parts=("days", "weekday", "hour"))))
    return encoder.apply(pd.DataFrame({"amount": amounts, "when": times}))


def rides_of(features: Features) -> TrainingSet:
    """Rides with two peaks a day, at eight and at eighteen, and fewer of them at weekends."""
    weekday, hour = features.numeric[:, 2].astype(float), features.numeric[:, 3].astype(float)
    peaks = np.exp(-((hour - 8) ** 2) / 4) + np.exp(-((hour - 18) ** 2) / 6)
    noise = np.random.default_rng(1).normal(size=len(features))
    return TrainingSet(features, 100 * peaks * np.where(weekday < 5, 1.0, 0.5) + 5 * noise)


def test_the_parts_of_dates_that_begin_anew_are_known_by_their_place() -> None:
    assert hours_of(50).cycles == (Cycle(2, 7), Cycle(3, 24))
    assert hours_of(50).take(np.arange(5)).cycles == (Cycle(2, 7), Cycle(3, 24))


def test_a_view_that_adds_columns_keeps_the_cycles() -> None:
    formula = {"kind": "sum", "columns": [0, 1], "name": "amount + when", "worth": 0.1}
    seen = apply_view(ViewState("generated_features", {"formulas": [formula]}), hours_of(50))
    assert seen.cycles == hours_of(50).cycles


def test_the_first_value_follows_the_last_and_missing_ones_are_zero() -> None:
    numeric = np.array([[0.0], [24.0], [12.0], [np.nan], [np.inf]], np.float32)
    waves = waves_of((Cycle(0, 24),), numeric)
    assert waves.shape == (5, WAVES)
    np.testing.assert_allclose(waves[0], waves[1], atol=1e-12)
    assert np.abs(waves[0] - waves[2]).max() == pytest.approx(2.0)
    np.testing.assert_array_equal(waves[3:], 0.0)


def test_waves_halve_the_error_of_the_linear_model_on_hourly_rides() -> None:
    features = hours_of()
    rides = rides_of(features)
    blind = TrainingSet(Features(features.numeric, features.codes, features.numeric_names, (), ()), rides.target)
    errors = []
    for train in (rides, blind):
        model = LEARNERS["linear"].fit({}, train, None, a_fit_context("regression")).estimator
        errors.append(float(np.sqrt(np.mean((model.predict(train.features) - rides.target) ** 2))))
    assert errors[0] < 0.5 * errors[1]


def test_models_with_and_without_cycles_are_read_as_they_were_written(tmp_path: Path) -> None:
    rides = rides_of(hours_of(300))
    plain = TrainingSet(
        Features(rides.features.numeric, rides.features.codes, ("a", "b", "c", "d"), (), ()), rides.target
    )
    for name, train in {"cycles": rides, "none": plain}.items():
        model = LEARNERS["linear"].fit({}, train, None, a_fit_context("regression")).estimator
        (tmp_path / name).mkdir()
        model.write(tmp_path / name)
        read = linear_model.read(tmp_path / name)
        np.testing.assert_array_equal(read.predict(train.features), model.predict(train.features))
        assert read.cycles == train.features.cycles


@pytest.mark.parametrize("pair", [(3, 24), (-1, 24), (0, 0), (0, 10**9)])
def test_cycles_of_columns_that_do_not_exist_are_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cycles"):
        read_cycles(arrays_of_cycles((Cycle(*pair),)), 3)


def test_waves_are_counted_in_the_predicted_memory() -> None:
    rides = rides_of(hours_of(300))
    shape = training_shape(rides, a_fit_context("regression"))
    without = replace(shape, cycles=0)
    needs = LEARNERS["linear"].descriptor.memory_bytes
    assert shape.cycles == 2
    assert needs(shape) - needs(without) >= 300 * 2 * WAVES * 8
