"""The budget's clock. It starts at the first lease and stops while suspended or while no runner is running."""


class BudgetClock:
    """Counts seconds in which at least one runner that has worked is alive, for as long as the clock is not halted.

    A process counts only what it has seen itself, so that the gap of a crash costs nothing.
    """

    def __init__(self, now: float) -> None:
        self._counted = 0.0
        self._at = now
        self._alive_until = float("-inf")
        self._halted = False

    def seconds(self, now: float) -> float:
        """Seconds counted until `now`; a clock that was set back counts nothing until it has caught up."""
        if not self._halted:
            self._counted += max(0.0, min(now, self._alive_until) - self._at)
        self._at = max(self._at, now)
        return self._counted

    def alive_until(self, moment: float, now: float) -> None:
        """A runner that works is alive, and will be taken for alive until `moment`."""
        self.seconds(now)
        self._alive_until = max(self._alive_until, moment)

    def alive_only_until(self, moment: float, now: float) -> None:
        """A runner has gone: the others are taken for alive until `moment`."""
        self.seconds(now)
        self._alive_until = moment

    def halt(self, halted: bool, now: float) -> None:
        """Stop counting (suspended, or ended), or go on."""
        self.seconds(now)
        self._halted = halted
