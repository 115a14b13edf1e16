"""What a stopper is asked and what it answers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Curve:
    """A trial's losses by fold number (to be minimised), in no particular order; `complete` when none is missing."""

    trial: str
    losses: dict[int, float]
    complete: bool


@dataclass(frozen=True)
class StopVerdict:
    """Whether to end a trial now, and why; `reason` is one CamelCase word, `message` a sentence; never empty."""

    stop: bool
    reason: str
    message: str


class Stopper(Protocol):
    """Judges whether a running trial is worth going on with, by comparing it with others on the same folds."""

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> StopVerdict:
        """The verdict on one running trial; `others` are all other trials that have finished at least one fold."""
        ...
