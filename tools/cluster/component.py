"""A part of the cluster that can be started and stopped, with a readiness check."""

from collections.abc import Callable
from dataclasses import dataclass

from cluster.daemon import Daemon
from cluster.waiting import wait_until


@dataclass(frozen=True)
class Component:
    """A daemon and its readiness check."""

    daemon: Daemon
    ready: Callable[[], bool]
    seconds: float = 60

    @property
    def name(self) -> str:
        """The program's name."""
        return self.daemon.name

    @property
    def running(self) -> bool:
        """True while its process exists."""
        return self.daemon.process is not None

    @property
    def pid(self) -> int | None:
        """The pid of its process; None while it does not run."""
        process = self.daemon.process
        return process.pid if process is not None else None

    def start(self) -> None:
        """Start it, and return when it is ready. Raises ToolError with the end of its log."""
        self.daemon.start()
        wait_until(f"{self.name} is ready", self.ready, seconds=self.seconds, problem=self.daemon.problem)

    def stop(self) -> None:
        """Stop it; a later start continues from its stored state."""
        self.daemon.stop()

    def kill(self) -> None:
        """Kill it without a warning."""
        self.daemon.kill()
