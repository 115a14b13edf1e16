"""A WaitPolicy whose time passes only while it sleeps."""

from collections.abc import Callable

from automl.cluster.pod_life import WaitPolicy


class FakeWaitPolicy:
    """Remembers the messages, and runs scheduled events while it sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.messages: list[str] = []
        self.wait = WaitPolicy(lambda: self.now, self._sleep, self.messages.append)
        self._events: list[tuple[float, Callable[[], object]]] = []

    def after(self, seconds: float, event: Callable[[], object]) -> None:
        """Schedule an event."""
        self._events.append((self.now + seconds, event))

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        due = [event for at, event in self._events if at <= self.now]
        self._events = [(at, event) for at, event in self._events if at > self.now]
        for event in due:
            event()
