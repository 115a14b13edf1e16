"""The interface to the API server. One contract suite runs over every implementation (tests/contracts/api.py)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from automl_api.kinds import Kind
from automl_operator.kube.api.urgency import Urgency

Object = dict[str, Any]
"""An object as in the server's JSON. Not a typed model, because models drop unknown fields."""

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]


PAGE: Final = 500
"""Objects in one page of a list."""


@dataclass(frozen=True)
class Listing:
    """The objects that existed at `resource_version`; a watch may begin there."""

    items: tuple[Object, ...]
    resource_version: str


@dataclass(frozen=True)
class WatchEvent:
    """A change of an object. In a BOOKMARK only metadata.resourceVersion has a meaning."""

    type: EventType
    object: Object

    @property
    def resource_version(self) -> str:
        """The resource version at which to resume a watch that ended after this event."""
        return str(self.object.get("metadata", {}).get("resourceVersion", ""))


class Api(Protocol):
    """Calls to the API server. Every call raises ApiError; temporary errors are retried first, then raised as Busy.

    The caller owns the returned objects. All of them have `apiVersion` and `kind`, also in lists.
    """

    async def get(self, kind: Kind, namespace: str, name: str, *, urgency: Urgency = Urgency.OBJECT) -> Object | None:
        """The object, read from the server's store and not from a cache; None when there is none."""
        ...

    def pages(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", limit: int = PAGE
    ) -> AsyncGenerator[Listing, None]:
        """All objects of a kind in one namespace, or in all (None), by label and field selectors.

        Yields at least one page, each of at most `limit` objects. All pages show the same resourceVersion.
        Raises Expired when it has become too old to go on.
        """
        ...

    async def list(self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "") -> Listing:
        """All objects of a kind, with the arguments of `pages`, in one Listing."""
        ...

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", resource_version: str
    ) -> AsyncGenerator[WatchEvent, None]:
        """The changes after `resource_version`. Returns when the server ends the watch. Raises Expired."""
        ...

    async def create(self, kind: Kind, namespace: str, body: Object, *, urgency: Urgency) -> Object:
        """Create an object and return it as stored. Raises Exists, even if our attempt without an answer made it."""
        ...

    async def apply_status(
        self, kind: Kind, namespace: str, name: str, status: Object, *, uid: str = "", urgency: Urgency
    ) -> Object:
        """Write `status` by server-side apply. Raises NotFound, and Conflict when the object has another uid."""
        ...

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object, *, urgency: Urgency) -> Object:
        """Merge `body` (RFC 7396) into an object. `metadata.uid` and `.resourceVersion` in it are preconditions.

        Raises NotFound, and Conflict when a precondition does not hold.
        """
        ...

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "", urgency: Urgency) -> None:
        """Delete an object, if it exists. The objects that it owns follow. Raises Conflict for another uid."""
        ...
