"""Follow an experiment's states in a thread of its own, so that the display never waits for the API server.

A watch that ends is started again. An API server that does not answer is retried without a limit.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import Expired, Unreachable
from automl_api.kinds import EXPERIMENTS

WATCH_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """The experiment as it is; None once it has been deleted."""

    experiment: Object | None


@dataclass(frozen=True)
class Away:
    """The API server does not answer; the request is retried."""

    why: str


Event = Seen | Away


class Follower:
    """Follows one experiment. `run` has its own thread; other threads call `next_event` and `leave`."""

    def __init__(self, cluster: Cluster, name: str, retry_seconds: float) -> None:
        self._cluster = cluster
        self._name = name
        self._retry_seconds = retry_seconds
        self._events: Queue[Event | Exception] = Queue()
        self._left = threading.Event()

    def next_event(self, seconds: float) -> Event | None:
        """The next event; None if none comes within `seconds`. Raises ClusterError."""
        try:
            event = self._events.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event

    def leave(self) -> None:
        """Stop following: nobody reads the events any more."""
        self._left.set()

    def run(self) -> None:
        """Follow it until it is deleted, `leave` is called, or the API server refuses."""
        while not self._left.is_set():
            try:
                version = self._look()
                if not version or not self._watch(version):
                    return
            except Unreachable as error:
                self._events.put(Away(str(error)))
                self._left.wait(self._retry_seconds)
            except Exception as error:  # noqa: BLE001  # raised again in the thread that reads the events
                self._events.put(error)
                return

    def _look(self) -> str:
        """Report the experiment as it is. Returns its resource version; empty where it does not exist."""
        found = self._cluster.get(EXPERIMENTS, self._name)
        self._events.put(Seen(found))
        return "" if found is None else str(found["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> bool:
        """Report changes for a while. Returns False where nothing more will follow; a broken watch counts as ended."""
        try:
            for changed in self._cluster.watch(EXPERIMENTS, self._name, version, WATCH_SECONDS):
                self._events.put(Seen(changed))
                if changed is None or self._left.is_set():
                    return False
        except (Expired, Unreachable):
            self._left.wait(self._retry_seconds)
        return True


@contextmanager
def following(cluster: Cluster, name: str, retry_seconds: float) -> Iterator[Follower]:
    """A follower at work. Its thread is a daemon, so that a silent watch does not delay the end of the process."""
    follower = Follower(cluster, name, retry_seconds)
    threading.Thread(target=follower.run, name=f"following {name}", daemon=True).start()
    try:
        yield follower
    finally:
        follower.leave()
