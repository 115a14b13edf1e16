"""Verdicts that hold for a while, so that a runner's calls do not cost a signature each."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

MOST: Final = 4096

V = TypeVar("V")


class Verdicts(Generic[V]):
    """Values by key, each for `seconds` and not beyond its own end; the oldest leave when there are too many."""

    def __init__(self, *, seconds: float, clock: Callable[[], float], most: int = MOST) -> None:
        self._seconds = seconds
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value, while it holds."""
        until, value = self._kept.get(key, (None, None))
        if until is None or until <= self._clock():
            self._kept.pop(key, None)
            return None
        return value

    def put(self, key: str, value: V, *, until: float) -> None:
        """Keep a value that holds until `until` at most."""
        self._kept[key] = (min(until, self._clock() + self._seconds), value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
