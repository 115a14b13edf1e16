"""The operations on a cluster's namespace that the commands need. Objects are plain dictionaries.

Every method may raise a ClusterError; only Unreachable is worth a retry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from automl_api.kinds import Kind

Object = dict[str, Any]


@dataclass(frozen=True)
class ClusterContext:
    """The context and namespace of a command. `flags` selects them in further commands: ` -n team --context prod`."""

    context: str
    namespace: str
    flags: str = ""


@dataclass(frozen=True)
class Ended:
    """The end of a command in a pod; `code` is None where it is unknown."""

    code: int | None
    complaints: str
    """The beginning of its stderr."""


class CommandChannel(Protocol):
    """A command that runs in a pod, with its stdin and stdout."""

    def write(self, data: bytes) -> None:
        """Send bytes to its stdin, which is never closed: the command must know how many bytes come."""
        ...

    def read(self) -> bytes:
        """The next bytes of its stdout; empty once it has ended."""
        ...

    def ended(self) -> Ended:
        """Wait for its end, and drop the rest of its output."""
        ...

    def close(self) -> None:
        """Close the connection; may be called twice."""
        ...


class Cluster(Protocol):
    """One namespace of a cluster."""

    @property
    def place(self) -> ClusterContext:
        """The context and the namespace."""
        ...

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object, or None where there is none."""
        ...

    def list(self, kind: Kind) -> Sequence[Object]:
        """All objects of a kind."""
        ...

    def apply(self, kind: Kind, body: Object, *, dry_run: bool = False) -> Object:
        """Server-side apply, which takes over the fields of other managers."""
        ...

    def create(self, kind: Kind, body: Object) -> Object:
        """Create an object. Raises Exists."""
        ...

    def patch(self, kind: Kind, name: str, body: Object) -> Object:
        """A JSON merge patch. Raises NotFound."""
        ...

    def delete(self, kind: Kind, name: str) -> None:
        """Delete at once; a missing object is no error."""
        ...

    def watch(self, kind: Kind, name: str, version: str, seconds: int) -> Iterator[Object | None]:
        """The states of one object after a resource version, for about `seconds`; None once it is deleted.

        Raises Expired.
        """
        ...

    def run(self, pod: str, command: Sequence[str]) -> CommandChannel:
        """Run a command in a pod's only container."""
        ...
