"""A part of the cluster that can be stopped and started, and that says when it is ready."""

from collections.abc import Callable
from dataclasses import dataclass

from cluster.daemon import Daemon
from cluster.waiting import wait_until


@dataclass(frozen=True)
class Component:
    """A daemon, and the question whether it does its work."""

    daemon: Daemon
    ready: Callable[[], bool]
    seconds: float = 60

    @property
    def name(self) -> str:
        """The program's name."""
        return self.daemon.name

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.daemon.process is not None

    @property
    def pid(self) -> int | None:
        """Of its process, while it runs."""
        process = self.daemon.process
        return process.pid if process is not None else None

    def start(self) -> None:
        """Start it, and return when it is ready; raises ClusterError with the end of its log."""
        self.daemon.start()
        wait_until(f"{self.name} is ready", self.ready, seconds=self.seconds, problem=self.daemon.problem)

    def stop(self) -> None:
        """End it; a later start goes on from what it has stored."""
        self.daemon.stop()

    def kill(self) -> None:
        """End it without a warning."""
        self.daemon.kill()
