"""The end of boosting by the metric on validation rows."""

import math

import pytest

from automl_runner.learners.shared.early_stopping import EarlyStopping


@pytest.mark.parametrize(
    ("values", "best"),
    [
        pytest.param([3.0, 1.0, 2.0], 2, id="the least loss"),
        pytest.param([math.nan, 3.0, 1.0, 2.0], 3, id="an undefined first value counts for nothing"),
        pytest.param([math.inf, 3.0, 4.0], 2, id="nor does an infinite one"),
        pytest.param([math.inf, math.inf, math.inf], 3, id="without a finite value the last round counts"),
    ],
)
def test_the_best_round(values: list[float], best: int) -> None:
    stopping = EarlyStopping(1000, 1, lambda: math.inf)
    for number, value in enumerate(values, 1):
        assert not stopping.should_stop(value, number, greater_is_better=False)
    assert stopping.best_round == best


def test_boosting_ends_without_time() -> None:
    assert EarlyStopping(1000, 1, lambda: 0.0).should_stop(1.0, 1, greater_is_better=False)
