"""The predicted end of work on a few slots, if each fold goes to the slot that becomes free first."""

from collections.abc import Iterable
from heapq import heapify, heapreplace


class Timetable:
    """Slots, each with the seconds from now until it is free."""

    def __init__(self, busy: Iterable[float], slots: int) -> None:
        self._free = list(busy)
        self._free += [0.0] * max(0, slots - len(self._free))
        heapify(self._free)

    def copy(self) -> "Timetable":
        """A copy with the same work."""
        return Timetable(self._free, len(self._free))

    def place(self, folds: int, seconds: float, *, after: float = 0.0) -> float:
        """Add `folds` of `seconds` each, none begun before `after`. Returns the seconds until the last one ends."""
        end = 0.0
        for _ in range(folds):
            end = max(self._free[0], after) + seconds
            heapreplace(self._free, end)
        return end
