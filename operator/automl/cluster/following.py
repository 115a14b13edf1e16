"""An experiment's states as they come, in a thread of its own, so that whoever shows them is never kept waiting.

A watch that ends is begun again; an API server that does not answer is asked again, for as long as it takes.
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
    """The API server does not answer; it is asked again."""

    why: str


Event = Seen | Away


class Follower:
    """What happens to an experiment; `next_event` is the only method for other threads."""

    def __init__(self, cluster: Cluster, name: str, retry_seconds: float) -> None:
        self._cluster = cluster
        self._name = name
        self._retry_seconds = retry_seconds
        self._events: Queue[Event | Exception] = Queue()
        self._left = threading.Event()

    def next_event(self, seconds: float) -> Event | None:
        """The next event, or None if there is none for so long. Raises ClusterError."""
        try:
            event = self._events.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(event, Exception):
            raise event
        return event

    def leave(self) -> None:
        """Nobody listens any more."""
        self._left.set()

    def run(self) -> None:
        """Follow it until it is deleted, nobody listens any more, or the API server refuses."""
        while not self._left.is_set():
            try:
                version = self._look()
                if not version or not self._watch(version):
                    return
            except Unreachable as error:
                self._events.put(Away(str(error)))
                self._left.wait(self._retry_seconds)
            except Exception as error:  # noqa: BLE001  # raised again in the thread that listens
                self._events.put(error)
                return

    def _look(self) -> str:
        """See what there is; its resource version, or nothing."""
        found = self._cluster.get(EXPERIMENTS, self._name)
        self._events.put(Seen(found))
        return "" if found is None else str(found["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> bool:
        """See the changes for a while; whether it makes sense to look again. A watch that breaks has only ended early."""
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
    """A follower at work. It is a daemon's thread: a watch that is silent holds up nobody's leaving."""
    follower = Follower(cluster, name, retry_seconds)
    threading.Thread(target=follower.run, name=f"following {name}", daemon=True).start()
    try:
        yield follower
    finally:
        follower.leave()
