"""The objects of a list-watch and the order in which news of them counts.

Three voices tell of an object, and may be late: lists, the watch, and the answers to our own writes. The server's
resourceVersions order them (integers, comparable within a kind: Kubernetes KEP-5504).
"""

from collections.abc import Callable
from typing import Any

from automl_operator.kube.api.api import Listing, Object, WatchEvent

Name = tuple[str, str]
"""Namespace and name."""

OnChange = Callable[[Name, Object | None, Object | None], None]
"""Name, old, new: None before it was there and after it is gone."""


class Shelf:
    """`objects` by name; every change is told to `on_change`."""

    def __init__(self, on_change: OnChange) -> None:
        self.objects: dict[Name, Object] = {}
        self._on_change = on_change
        self._horizon = 0
        """Up to here the watch has told us everything."""
        self._deleted_by_us: dict[Name, str] = {}

    def put(self, new: Object) -> None:
        """The answer to our own write."""
        name = name_of(new)
        # What the watch has passed and is not on the shelf was deleted since we wrote it.
        if name in self.objects or version_of(new) > self._horizon:
            self._renew(name, new)

    def removed(self, name: Name, uid: str) -> None:
        """We deleted it; what is known to be terminating stays until it is gone."""
        metadata = self.objects.get(name, {}).get("metadata", {})
        if metadata.get("uid") == uid and not metadata.get("deletionTimestamp"):
            self._deleted_by_us[name] = uid
            self._drop(name)

    def take(self, event: WatchEvent) -> None:
        """The watch tells of a change, or (BOOKMARK) that it has told all until here."""
        version = version_of(event.object)
        if event.type == "DELETED":
            self._deleted(name_of(event.object), version, event.object)
        elif event.type != "BOOKMARK":
            self._renew(name_of(event.object), event.object)
        self._horizon = max(self._horizon, version)

    def replace(self, listing: Listing) -> None:
        """The list tells all that there is, and by its silence what is gone."""
        moment = int(listing.resource_version or 0)
        if moment < self._horizon:
            # The server was restored to an earlier state: what we know of later ones never was.
            self._forget_versions()
        listed = {name_of(item): item for item in listing.items}
        for name, known in list(self.objects.items()):
            # One that is listed as older than we know it was restored, by a server that counts on from later versions.
            if version_of(listed.get(name, {})) < version_of(known) <= moment:
                self._drop(name)
        for name, item in listed.items():
            self._renew(name, item)
        self._deleted_by_us.clear()
        self._horizon = moment

    def _renew(self, name: Name, new: Object) -> None:
        old = self.objects.get(name)
        if old is not None and version_of(new) <= version_of(old):
            return
        metadata = new["metadata"]
        if self._deleted_by_us.get(name) == metadata.get("uid") and not metadata.get("deletionTimestamp"):
            return
        self.objects[name] = new
        self._on_change(name, old, new)

    def _deleted(self, name: Name, version: int, last: Object) -> None:
        if self._deleted_by_us.get(name) == last["metadata"].get("uid"):
            del self._deleted_by_us[name]
        known = self.objects.get(name)
        if known is not None and version_of(known) <= version:
            self._drop(name)

    def _drop(self, name: Name) -> None:
        old = self.objects.pop(name)
        self._on_change(name, old, None)

    def _forget_versions(self) -> None:
        self._deleted_by_us.clear()
        for name in list(self.objects):
            self._drop(name)


def name_of(item: Object) -> Name:
    """The name that an object is known by."""
    metadata = item["metadata"]
    return str(metadata.get("namespace", "")), str(metadata["name"])


def version_of(item: dict[str, Any]) -> int:
    """The resourceVersion as a number that later ones exceed; 0 when there is none."""
    return int(item.get("metadata", {}).get("resourceVersion") or 0)
