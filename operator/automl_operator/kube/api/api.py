"""The API server as the operator sees it. One contract suite runs over every Api (tests/contracts/api.py)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency

Object = dict[str, Any]
"""An object as the server's JSON has it. Never a typed model: those drop the fields that they do not know."""

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]


PAGE: Final = 500
"""Objects of a list that are in memory at once."""


@dataclass(frozen=True)
class Listing:
    """Objects that there were at one moment, which `resource_version` names: a watch may begin there."""

    items: tuple[Object, ...]
    resource_version: str


@dataclass(frozen=True)
class WatchEvent:
    """What happened to an object; of a BOOKMARK only metadata.resourceVersion says something."""

    type: EventType
    object: Object

    @property
    def resource_version(self) -> str:
        """Where a watch that ended after this event goes on."""
        return str(self.object.get("metadata", {}).get("resourceVersion", ""))


class Api(Protocol):
    """Every call raises ApiError; what is temporary was retried before it is raised as Busy.

    Objects that are returned are the caller's own, with `apiVersion` and `kind`; those of lists too.
    """

    async def get(self, kind: Kind, namespace: str, name: str, *, urgency: Urgency = Urgency.OBJECT) -> Object | None:
        """The object, from the store and not from a cache; None when there is none."""
        ...

    def pages(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", limit: int = PAGE
    ) -> AsyncGenerator[Listing, None]:
        """All objects of a kind in a namespace, or (None) of all namespaces, by label and field selectors.

        In parts of at most `limit` that all show the same moment, so that they need not be in memory all at once; at
        least one part. Raises Expired when the moment is too long ago to go on.
        """
        ...

    async def list(self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "") -> Listing:
        """All pages together."""
        ...

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", resource_version: str
    ) -> AsyncGenerator[WatchEvent, None]:
        """What happens after `resource_version`; ends when the server ends it, which is no error. Raises Expired."""
        ...

    async def create(self, kind: Kind, namespace: str, body: Object, *, urgency: Urgency) -> Object:
        """Create an object and return it as stored. Raises Exists, also when an attempt without an answer was done."""
        ...

    async def apply_status(
        self, kind: Kind, namespace: str, name: str, status: Object, *, uid: str = "", urgency: Urgency
    ) -> Object:
        """Make `status` what we say of it, by server-side apply. Raises NotFound; Conflict when `uid` is another's."""
        ...

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object, *, urgency: Urgency) -> Object:
        """Merge `body` (RFC 7396) into an object. `metadata.uid` or `.resourceVersion` in it are preconditions.

        Raises NotFound, and Conflict when a precondition does not hold.
        """
        ...

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "", urgency: Urgency) -> None:
        """Delete an object and, in the background, what it owns. One that is gone is fine; Conflict: `uid` is another's."""
        ...
