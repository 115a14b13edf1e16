"""How long to leave an experiment alone after something went wrong with it."""

from automl_operator.decisions.state.snapshot import Key

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 15.0


class Backoff:
    """Doubles the pause with each failure in a row of a key, from 0.2 s to 15 s."""

    def __init__(self) -> None:
        self._failures: dict[Key, int] = {}

    def failed(self, key: Key) -> float:
        """One more failure; returns the pause in seconds."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(count, 16))

    def succeeded(self, key: Key) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)
