"""Training in parts where time is short, and the deadline of an assignment."""

import math
from dataclasses import dataclass, field

import pytest

from automl_api.protocol import Assignment
from automl_api.resources.experiment import StoreSpec
from automl_runner.children.deadline import seconds_left
from automl_runner.learners.shared.deadline import train_in_time


@dataclass
class Trainer:
    """Training that takes a second for each round; the clock is its own."""

    left: float
    parts: list[int] = field(default_factory=list)

    def train(self, rounds: int) -> None:
        self.left -= rounds - (self.parts[-1] if self.parts else 0)
        self.parts.append(rounds)


@pytest.mark.parametrize(
    ("left", "parts"),
    [
        pytest.param(math.inf, [80], id="without a deadline in one part"),
        pytest.param(801.0, [80], id="so much time that one part is safe"),
        pytest.param(100.0, [10, 80], id="enough time for all rounds"),
        pytest.param(45.0, [10, 45], id="time for some of them"),
        pytest.param(5.0, [10], id="time for no second part"),
        pytest.param(0.0, [10], id="no time at all still trains a little"),
    ],
)
def test_as_many_rounds_are_trained_as_there_is_time_for(left: float, parts: list[int]) -> None:
    trainer = Trainer(left)
    train_in_time(trainer.train, 80, predicted=80.0, seconds_left=lambda: trainer.left)
    assert trainer.parts == parts


@pytest.mark.parametrize(
    ("ends_in", "timeout", "expected"),
    [
        pytest.param(None, None, math.inf, id="no limit"),
        pytest.param(30.0, None, 29.0, id="a second is for storing"),
        pytest.param(30.0, 20.0, 19.0, id="the earlier limit counts"),
        pytest.param(0.5, 20.0, 0.25, id="half of a very short time is for storing"),
    ],
)
def test_training_ends_before_the_runner_ends_it(ends_in: float | None, timeout: float | None, expected: float) -> None:
    work = Assignment(
        id="fit", attempt=1, experiment="e", uid="u", store=StoreSpec(), kind="fit",
        ends_in_seconds=ends_in, timeout_seconds=timeout,
    )  # fmt: skip
    left = seconds_left(work, began=100.0, now=lambda: 100.0)
    assert left() == expected
