"""A cache whose values expire. With it the broker need not check a token's signature at every call of a runner."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

MOST: Final = 4096

V = TypeVar("V")


class ExpiringCache(Generic[V]):
    """Values by key, each kept for `seconds` at most. The oldest values are dropped when there are more than `most`."""

    def __init__(self, *, seconds: float, clock: Callable[[], float], most: int = MOST) -> None:
        self._seconds = seconds
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """The value; None when there is none or it has expired."""
        until, value = self._kept.get(key, (None, None))
        if until is None or until <= self._clock():
            self._kept.pop(key, None)
            return None
        return value

    def put(self, key: str, value: V, *, until: float) -> None:
        """Keep a value, at most until the time `until`."""
        self._kept[key] = (min(until, self._clock() + self._seconds), value)
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
