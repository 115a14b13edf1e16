"""Pauses after failures in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.backoff import Backoff


def test_pauses_double_up_to_the_longest():
    backoff = Backoff(0.2, 1.5)
    assert [backoff.failed() for _ in range(5)] == pytest.approx([0.2, 0.4, 0.8, 1.5, 1.5])


def test_after_a_success_the_next_pause_is_the_first_again():
    backoff = Backoff(0.2, 1.5)
    backoff.failed()
    backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("jitter", "shortest"),
    [
        pytest.param(0.0, 4.0, id="no jitter: nothing is random"),
        pytest.param(0.5, 2.0, id="half of it"),
        pytest.param(1.0, 0.0, id="all of it"),
    ],
)
def test_jitter_is_the_random_share_of_a_pause(jitter, shortest):
    assert Backoff(4.0, jitter=jitter, chance=lambda: 0.0).failed() == pytest.approx(shortest)
    assert Backoff(4.0, jitter=jitter, chance=lambda: 1.0).failed() == pytest.approx(4.0)


@given(failures=st.integers(1, 3000), chance=st.floats(0, 1), jitter=st.floats(0, 1))
def test_no_pause_is_longer_than_the_longest_however_often_it_failed(failures, chance, jitter):
    backoff = Backoff(0.1, 10.0, jitter=jitter, chance=lambda: chance)
    assert all(0.0 <= backoff.failed() <= 10.0 for _ in range(failures))
