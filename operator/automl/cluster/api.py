"""What the commands need of a cluster: a small protocol over one namespace, with plain dictionaries.

Every method may raise a ClusterError; Unreachable is the only one that another try may heal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from automl_api.kinds import Kind

Object = dict[str, Any]


@dataclass(frozen=True)
class ClusterContext:
    """Where a command works; `flags` is what has to be said again to work there: ` -n team --context prod`."""

    context: str
    namespace: str
    flags: str = ""


@dataclass(frozen=True)
class Ended:
    """How a command in a pod ended; `code` is None where nobody knows."""

    code: int | None
    complaints: str
    """The beginning of what it wrote to stderr."""


class CommandChannel(Protocol):
    """A command that runs in a pod, with its stdin and stdout."""

    def write(self, data: bytes) -> None:
        """Send to its stdin, which is never closed: the command has to know how much comes."""
        ...

    def read(self) -> bytes:
        """What comes next on its stdout; nothing once it has ended."""
        ...

    def ended(self) -> Ended:
        """Wait for its end, leaving out what it still says."""
        ...

    def close(self) -> None:
        """Let go of it; may be said twice."""
        ...


class Cluster(Protocol):
    """One namespace of a cluster."""

    @property
    def place(self) -> ClusterContext:
        """Where this is."""
        ...

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object, or None where there is none."""
        ...

    def list(self, kind: Kind) -> Sequence[Object]:
        """All objects of a kind."""
        ...

    def apply(self, kind: Kind, body: Object, *, dry_run: bool = False) -> Object:
        """Server-side apply, over whatever others have said of the same fields."""
        ...

    def create(self, kind: Kind, body: Object) -> Object:
        """Create one. Raises Exists."""
        ...

    def patch(self, kind: Kind, name: str, body: Object) -> Object:
        """A JSON merge patch. Raises NotFound."""
        ...

    def delete(self, kind: Kind, name: str) -> None:
        """Delete at once; what is not there is fine."""
        ...

    def watch(self, kind: Kind, name: str, version: str, seconds: int) -> Iterator[Object | None]:
        """The states of one object after a resource version, None once it is deleted, for about so many seconds.

        Raises Expired.
        """
        ...

    def run(self, pod: str, command: Sequence[str]) -> CommandChannel:
        """Run a command in a pod's only container."""
        ...
