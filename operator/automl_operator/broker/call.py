"""An open call of a runner: a request that waits for its response."""

from collections.abc import Callable

from automl_api.protocol import Assignment


class Call:
    """A lease or result call, from its arrival until its response is built. The response carries its assignments."""

    def __init__(self, free: int, on_ready: Callable[[], None]) -> None:
        self.free = free
        """Slots that still wait for work."""
        self.leave = False
        self.assignments: list[Assignment] = []
        self._on_ready = on_ready

    def give(self, assignment: Assignment) -> None:
        """Put an assignment into the response, which is ready once no free slot is left."""
        self.assignments.append(assignment)
        self.free = max(0, self.free - 1)
        if self.free == 0:
            self.ready()

    def ready(self) -> None:
        """Send the response now, with the assignments given so far."""
        self._on_ready()

    def replaced(self) -> None:
        """End this call empty: a newer call of the same runner takes over its assignments."""
        self.assignments.clear()
        self.free = 0
        self.ready()
