"""The rule by which every booster ends on validation rows: AutoGluon's, which waits longer after many rounds.

Boosting also ends where there is no time for another round.
"""

import math
from collections.abc import Callable


class EarlyStopping:
    """Ends boosting 20 rounds plus 0.3 of the best round after the best one, and later where rows are few."""

    def __init__(self, rows: int, trees_a_round: int, seconds_left: Callable[[], float]) -> None:
        self.best_round = 1
        self._seconds_left = seconds_left
        self._best: float | None = None
        self._least = 20 + 80 * min(1.0, 10_000 / max(1, rows)) / max(1.0, trees_a_round / 4)

    def should_stop(self, value: float, rounds: int, *, greater_is_better: bool) -> bool:
        """Keep the metric's value on the validation rows after some rounds; True when boosting should end."""
        gain = value if greater_is_better else -value
        if self._best is None or gain > self._best or not math.isfinite(self._best):
            self._best, self.best_round = gain, rounds
            return self.out_of_time()
        return self.out_of_time() or rounds - self.best_round > max(self._least, 20 + 0.3 * self.best_round)

    def out_of_time(self) -> bool:
        """True where there is no time for another round."""
        return self._seconds_left() <= 0
