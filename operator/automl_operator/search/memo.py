"""What was made of an object once is not made again: observations never change, and the same ones come every time."""

from collections.abc import Callable
from typing import Generic, TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")

SIZE = 20_000
"""Objects that are remembered; with one more, all are forgotten."""


class Memo(Generic[Part, Made]):
    """A function of one immutable object that remembers its results by the object's identity.

    By identity, because objects may be equal and yet not the same (true equals 1), and because no look-up is cheaper.
    """

    def __init__(self, make: Callable[[Part], Made], size: int = SIZE) -> None:
        self._make = make
        self._size = size
        self._kept: dict[int, tuple[Part, Made]] = {}

    def __call__(self, part: Part) -> Made:
        """The function's result, made anew only where this very object has not been seen lately."""
        kept = self._kept.get(id(part))
        if kept is None:
            if len(self._kept) >= self._size:
                self._kept.clear()
            kept = (part, self._make(part))  # as long as the object is held, no other one has its identity
            self._kept[id(part)] = kept
        return kept[1]
