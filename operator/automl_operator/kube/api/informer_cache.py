"""The objects of a list-watch. It keeps the newest version of each, in whatever order versions arrive.

Versions come from lists, from the watch and from the answers to our own writes, and any of them may be late. The
server's resourceVersions order them (integers, comparable within a kind: Kubernetes KEP-5504).
"""

from collections.abc import Callable, Iterable
from typing import Any

from automl_operator.kube.api.api import Object, WatchEvent

Name = tuple[str, str]
"""Namespace and name."""

OnChange = Callable[[Name, Object | None, Object | None], None]
"""Called with name, old and new object, both as kept; old is None for a new object, new for a deleted one."""


class InformerCache:
    """`objects` by name, as `keep` returns them. `on_change` is called for every change."""

    def __init__(self, on_change: OnChange, keep: Callable[[Object], Object] = lambda item: item) -> None:
        self.objects: dict[Name, Object] = {}
        self._on_change = on_change
        self._keep = keep
        self._doubted: set[Name] = set()
        self._horizon = 0
        """The version up to which the watch has sent every change."""
        self._deleted_by_us: dict[Name, str] = {}

    def put(self, new: Object) -> None:
        """Store the answer to our own write, unless it is out of date."""
        name = name_of(new)
        # An object that is older than the horizon and not in the cache was deleted since we wrote it.
        if name in self.objects or version_of(new) > self._horizon:
            self._renew(name, new)

    def removed(self, name: Name, uid: str) -> None:
        """Remove an object that we deleted. A terminating object stays until the watch reports its end."""
        metadata = self.objects.get(name, {}).get("metadata", {})
        if metadata.get("uid") == uid and not metadata.get("deletionTimestamp"):
            self._deleted_by_us[name] = uid
            self._drop(name)

    def take(self, event: WatchEvent) -> None:
        """Store a change from the watch, or (BOOKMARK) the progress of the watch."""
        version = version_of(event.object)
        if event.type == "DELETED":
            self._deleted(name_of(event.object), version, event.object)
        elif event.type != "BOOKMARK":
            self._renew(name_of(event.object), event.object)
        self._horizon = max(self._horizon, version)

    def doubt(self, names: Iterable[Name]) -> None:
        """Have the next list report these objects again, even if they have not changed."""
        self._doubted.update(names)

    def is_restored(self, version: int) -> bool:
        """True when a server at this resourceVersion was restored to an earlier state than we know."""
        return version < self._horizon

    def relisting(self, version: int) -> "Relisting":
        """Begin a list at this resourceVersion: the caller gives it each page by `take`, then calls `end`."""
        if self.is_restored(version):
            # The restored server has lost the later states that we know.
            self._forget_versions()
        return Relisting(self, version, dict(self._deleted_by_us))

    def listed(self, item: Object, version: int) -> None:
        """Store an object from a list at this resourceVersion."""
        name = name_of(item)
        known = self.objects.get(name)
        # An older version in a newer list: the server was restored, and goes on with later versions.
        if known is not None and version_of(item) < version_of(known) <= version:
            self._drop(name)
        self._renew(name, item)

    def end_of_list(self, listed: Callable[[Name], bool], version: int, deleted_before: dict[Name, str]) -> None:
        """Drop the objects that the list did not contain, and forget the deletions that it already shows."""
        for name, known in list(self.objects.items()):
            if not listed(name) and version_of(known) <= version:
                self._drop(name)
        for name, uid in deleted_before.items():
            if self._deleted_by_us.get(name) == uid:
                del self._deleted_by_us[name]
        self._horizon = version

    def _renew(self, name: Name, new: Object) -> None:
        old = self.objects.get(name)
        if old is not None and version_of(new) <= version_of(old) - (name in self._doubted):
            return
        metadata = new["metadata"]
        if self._deleted_by_us.get(name) == metadata.get("uid") and not metadata.get("deletionTimestamp"):
            return
        self.objects[name] = self._keep(new)
        self._doubted.discard(name)
        self._on_change(name, old, new)

    def _deleted(self, name: Name, version: int, last: Object) -> None:
        if self._deleted_by_us.get(name) == last["metadata"].get("uid"):
            del self._deleted_by_us[name]
        known = self.objects.get(name)
        if known is not None and version_of(known) <= version:
            self._drop(name)

    def _drop(self, name: Name) -> None:
        old = self.objects.pop(name)
        self._doubted.discard(name)
        self._on_change(name, old, None)

    def _forget_versions(self) -> None:
        self._deleted_by_us.clear()
        for name in list(self.objects):
            self._drop(name)


class Relisting:
    """A list in progress. Its pages store what exists; its end drops what no page contained."""

    def __init__(self, cache: InformerCache, version: int, deleted_before: dict[Name, str]) -> None:
        self._cache = cache
        self._version = version
        self._deleted_before = deleted_before
        self._names: set[Name] = set()

    def take(self, items: Iterable[Object]) -> None:
        """Store the objects of one page."""
        for item in items:
            self._names.add(name_of(item))
            self._cache.listed(item, self._version)

    def end(self) -> None:
        """End the list after its last page."""
        self._cache.end_of_list(self._names.__contains__, self._version, self._deleted_before)


def name_of(item: Object) -> Name:
    """Namespace and name of an object."""
    metadata = item["metadata"]
    return str(metadata.get("namespace", "")), str(metadata["name"])


def version_of(item: dict[str, Any]) -> int:
    """The resourceVersion as a number, higher for later versions; 0 when there is none."""
    return int(item.get("metadata", {}).get("resourceVersion") or 0)
