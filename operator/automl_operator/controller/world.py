"""The World: where experiments, trials and runners live. Kubernetes is one, a directory with processes another.

WorldError
  Superseded       the object exists already and differs: observe and decide again
  WriteRefused          the World will not have it (permanent): the experiment's fault or the administrator's
  Unavailable      the World does not answer now (temporary): try again later
"""

from collections.abc import AsyncIterator
from typing import Protocol

from automl_operator.broker.identity import RunnerId
from automl_operator.decisions.state.actions import WorldAction
from automl_operator.decisions.state.snapshot import Key, Snapshot


class WorldError(Exception):
    """Something that a World could not do."""


class Superseded(WorldError):
    """The object exists already and differs: the stored one is the truth."""


class WriteRefused(WorldError):
    """The World will never have it: `reason` is one CamelCase word, the message is the World's own."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Unavailable(WorldError):
    """The World does not answer, or not do it, now; `reason` is one CamelCase word where there is one for it."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class World(Protocol):
    """Where the objects are. One contract suite runs over every implementation (tests/contracts/world.py)."""

    async def observe(self, key: Key) -> Snapshot | None:
        """The experiment with all that belongs to it, or None when there is none."""
        ...

    async def apply(self, key: Key, action: WorldAction) -> None:
        """Carry out one action, idempotently and atomically. Raises WorldError."""
        ...

    def changes(self) -> AsyncIterator[Key]:
        """The experiments that may have changed, the existing ones first; never ends by itself."""
        ...


class RunnerAuth(Protocol):
    """Who a bearer token belongs to."""

    async def identify(self, token: str) -> RunnerId:
        """The runner. Raises `broker.identity.Unauthorized` for a token that is not a live runner's."""
        ...
