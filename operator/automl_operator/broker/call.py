"""An open call of a runner: a question that waits for its answer."""

from collections.abc import Callable

from automl_api.protocol import Assignment


class Call:
    """A lease or result call, from its arrival until its answer is built; what is given to it lies in that answer."""

    def __init__(self, free: int, on_ready: Callable[[], None]) -> None:
        self.free = free
        """Slots that still wait for work."""
        self.leave = False
        self.assignments: list[Assignment] = []
        self._on_ready = on_ready

    def give(self, assignment: Assignment) -> None:
        """Put an assignment into the answer, which is ready when no slot waits any more."""
        self.assignments.append(assignment)
        self.free = max(0, self.free - 1)
        if self.free == 0:
            self.ready()

    def ready(self) -> None:
        """Have the call answered now, with whatever has been given to it."""
        self._on_ready()

    def replaced(self) -> None:
        """A newer call of the runner takes over what was given to this one."""
        self.assignments.clear()
        self.free = 0
        self.ready()
