"""A cache of conversions: observations never change, and the same objects come with every request."""

from collections.abc import Callable
from typing import Generic, TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")

SIZE = 20_000
"""The largest number of cached objects. The cache is emptied when it would exceed it."""


class SearchMemo(Generic[Part, Made]):
    """A function of one immutable object that caches its results by the object's identity.

    It uses the identity because equal objects may differ (true equals 1), and because no look-up is cheaper.
    """

    def __init__(self, make: Callable[[Part], Made], size: int = SIZE) -> None:
        self._make = make
        self._size = size
        self._kept: dict[int, tuple[Part, Made]] = {}

    def __call__(self, part: Part) -> Made:
        """The function's result. It is computed only when this very object is not in the cache."""
        kept = self._kept.get(id(part))
        if kept is None:
            if len(self._kept) >= self._size:
                self._kept.clear()
            kept = (part, self._make(part))  # a held object keeps its id
            self._kept[id(part)] = kept
        return kept[1]
