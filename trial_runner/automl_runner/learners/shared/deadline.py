"""Training in rounds before a deadline, for libraries that cannot be asked to end between two rounds."""

import math
from collections.abc import Callable

FIRST_SHARE = 8
"""The first part is one in FIRST_SHARE rounds: enough to predict the time of the others."""
_SURE = 10.0
"""Training in one part is safe where this many times the predicted seconds are left."""


def half_of(seconds_left: Callable[[], float]) -> Callable[[], float]:
    """The seconds until half of the time that is left now is spent; infinite without a deadline."""
    other_half = seconds_left() / 2
    return seconds_left if math.isinf(other_half) else lambda: seconds_left() - other_half


def train_in_time(
    train: Callable[[int], None], rounds: int, *, predicted: float, seconds_left: Callable[[], float]
) -> None:
    """Call `train` with the number of rounds to reach: `rounds`, or as many as there is time for, at least one.

    `train` goes on where it stopped. Where time is short, it is called twice: first for a few rounds, whose time says
    how many more there is time for. `predicted`: the predicted seconds of all rounds.
    """
    before = seconds_left()
    if before > _SURE * predicted:
        train(rounds)
        return
    first = max(1, rounds // FIRST_SHARE)
    train(first)
    left = seconds_left()
    affordable = first + int(first * max(0.0, left) / max(before - left, 1e-9))
    if affordable > first:
        train(min(rounds, affordable))
