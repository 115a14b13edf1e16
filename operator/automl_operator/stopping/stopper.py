"""The interface of stoppers: their input and their verdict."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Curve:
    """A trial's losses by fold number (to be minimised), in no particular order. `complete`: no fold is missing."""

    trial: str
    losses: dict[int, float]
    complete: bool


@dataclass(frozen=True)
class StopVerdict:
    """The decision to stop a trial or not. `reason` is one CamelCase word, `message` a sentence; neither is empty."""

    stop: bool
    reason: str
    message: str


class Stopper(Protocol):
    """Judges whether a running trial is worth continuing, by comparing it with others on the same folds."""

    def judge(self, running: Curve, others: tuple[Curve, ...]) -> StopVerdict:
        """The verdict on a running trial. `others` are all other trials with at least one finished fold."""
        ...
