"""The World: the store of experiments and trials, with their runners. It is Kubernetes, or a directory with processes.

WorldError
  Superseded    the object exists already and differs: observe and decide again
  WriteRefused  the World will never accept the write: the experiment or the administrator must change something
  Unavailable   the World cannot do the write now: try again later
"""

from collections.abc import AsyncIterator
from typing import Protocol

from automl_operator.broker.identity import RunnerId
from automl_operator.decisions.state.actions import WorldAction
from automl_operator.decisions.state.snapshot import Key, Snapshot


class WorldError(Exception):
    """A World could not do something."""


class Superseded(WorldError):
    """The object exists already and differs: the stored one is the truth."""


class WriteRefused(WorldError):
    """The World will never accept the write. `reason` is one CamelCase word, the message is the World's own."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unavailable(WorldError):
    """The World does not respond, or cannot do the write now. `reason` is one CamelCase word, or empty."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class World(Protocol):
    """The store of the objects. One contract suite runs over every implementation (tests/contracts/world.py)."""

    async def observe(self, key: Key) -> Snapshot | None:
        """The experiment with all that belongs to it. None where it does not exist."""
        ...

    async def apply(self, key: Key, action: WorldAction) -> None:
        """Apply one action, idempotently and atomically. Raises WorldError."""
        ...

    def changes(self) -> AsyncIterator[Key]:
        """The existing experiments, then those that may have changed. The iterator never ends by itself."""
        ...


class RunnerAuth(Protocol):
    """The lookup of a bearer token's owner."""

    async def identify(self, token: str) -> RunnerId:
        """The runner with this token. Raises `broker.identity.Unauthorized` where no live runner has it."""
        ...
