"""The objects of a list-watch and the order in which news of them counts.

Three voices tell of an object, and may be late: lists, the watch, and the answers to our own writes. The server's
resourceVersions order them (integers, comparable within a kind: Kubernetes KEP-5504).
"""

from collections.abc import Callable, Iterable
from typing import Any

from automl_operator.kube.api.api import Object, WatchEvent

Name = tuple[str, str]
"""Namespace and name."""

OnChange = Callable[[Name, Object | None, Object | None], None]
"""Name, old as it was kept, new: None before it was there and after it is gone."""


class InformerCache:
    """`objects` by name, as `keep` makes them; every change is told to `on_change`."""

    def __init__(self, on_change: OnChange, keep: Callable[[Object], Object] = lambda item: item) -> None:
        self.objects: dict[Name, Object] = {}
        self._on_change = on_change
        self._keep = keep
        self._doubted: set[Name] = set()
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

    def doubt(self, names: Iterable[Name]) -> None:
        """The next list tells of these objects again, though they have not changed."""
        self._doubted.update(names)

    def is_restored(self, moment: int) -> bool:
        """Whether a server that is at this moment was restored to an earlier state than we know."""
        return moment < self._horizon

    def relisting(self, moment: int) -> "Relisting":
        """A list of that moment begins: `take` its pages, then `end`."""
        if self.is_restored(moment):
            # What we know of later states never was.
            self._forget_versions()
        return Relisting(self, moment, dict(self._deleted_by_us))

    def listed(self, item: Object, moment: int) -> None:
        """A list of a moment tells of an object."""
        name = name_of(item)
        known = self.objects.get(name)
        # One that is listed as older than we know it was restored, by a server that counts on from later versions.
        if known is not None and version_of(item) < version_of(known) <= moment:
            self._drop(name)
        self._renew(name, item)

    def end_of_list(self, listed: Callable[[Name], bool], moment: int, deleted_before: dict[Name, str]) -> None:
        """What a list has not told of is gone; what we had deleted before it is settled."""
        for name, known in list(self.objects.items()):
            if not listed(name) and version_of(known) <= moment:
                self._drop(name)
        for name, uid in deleted_before.items():
            if self._deleted_by_us.get(name) == uid:
                del self._deleted_by_us[name]
        self._horizon = moment

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
    """A list in the making: its pages tell what there is, and their silence, at the end, what is gone."""

    def __init__(self, cache: InformerCache, moment: int, deleted_before: dict[Name, str]) -> None:
        self._cache = cache
        self._moment = moment
        self._deleted_before = deleted_before
        self._names: set[Name] = set()

    def take(self, items: Iterable[Object]) -> None:
        """A page."""
        for item in items:
            self._names.add(name_of(item))
            self._cache.listed(item, self._moment)

    def end(self) -> None:
        """That was the last page."""
        self._cache.end_of_list(self._names.__contains__, self._moment, self._deleted_before)


def name_of(item: Object) -> Name:
    """The name that an object is known by."""
    metadata = item["metadata"]
    return str(metadata.get("namespace", "")), str(metadata["name"])


def version_of(item: dict[str, Any]) -> int:
    """The resourceVersion as a number that later ones exceed; 0 when there is none."""
    return int(item.get("metadata", {}).get("resourceVersion") or 0)
