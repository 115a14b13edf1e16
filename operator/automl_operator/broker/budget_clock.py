"""The budget's clock. It starts at the first lease and stops while suspended or while no runner is running."""


class BudgetClock:
    """Counts the seconds in which a runner that has worked is alive, except while the clock is halted.

    A process counts only the time since its own start, so the gap after a crash costs nothing.
    """

    def __init__(self, now: float) -> None:
        self._counted = 0.0
        self._at = now
        self._alive_until = float("-inf")
        self._halted = False

    def seconds(self, now: float) -> float:
        """Seconds counted until `now`. A clock that was set back counts nothing until it has caught up."""
        if not self._halted:
            self._counted += max(0.0, min(now, self._alive_until) - self._at)
        self._at = max(self._at, now)
        return self._counted

    def alive_until(self, moment: float, now: float) -> None:
        """Record that a runner that has worked is alive, and counts as alive until `moment`."""
        self.seconds(now)
        self._alive_until = max(self._alive_until, moment)

    def alive_only_until(self, moment: float, now: float) -> None:
        """Record that a runner has ended; the others count as alive until `moment`."""
        self.seconds(now)
        self._alive_until = moment

    def halt(self, halted: bool, now: float) -> None:
        """Stop the clock while the experiment is suspended or ended, or let it run."""
        self.seconds(now)
        self._halted = halted
