"""Durations as users write them, and clock times as users read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_api.quantities import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2m", 120), ("1h30m", 5400), ("1h1m1s", 3661), ("100h", 360_000)],
)
def test_durations_are_read_as_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "banana", "10", "1.5h", "-2m", "2m1h", "0s", "0h0m", "2 m", "1d", "2m\n", "\uff12m"]
)
def test_an_invalid_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"write for example 90s, 2m or 1h30m"):
        parse_duration(text)


@given(st.integers(1, 99_999 * 3600))
def test_every_number_of_seconds_can_be_written(seconds: int) -> None:
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    assert parse_duration(f"{hours}h{minutes}m{seconds % 60}s") == seconds


@pytest.mark.parametrize(
    ("seconds", "clock"), [(41.2, "0:41"), (725, "12:05"), (3723, "1:02:03"), (-3, "0:00"), (59.6, "1:00")]
)
def test_seconds_are_shown_as_clock_times(seconds: float, clock: str) -> None:
    assert format_duration(seconds) == clock
