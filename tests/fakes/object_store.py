"""The storage of a fake API server: objects with uid, version and generation, their history, a garbage collector."""

import asyncio
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from automl_api.kinds import Kind
from automl_operator.kube.api.api import Object

Key = tuple[Kind, str, str]
NOT_SPEC = ("apiVersion", "kind", "metadata", "status")


@dataclass(frozen=True)
class Change:
    """One entry of the history; without a key it is only a version, which a bookmark may name."""

    version: int
    key: Key | None
    before: Object | None
    after: Object | None


@dataclass
class ObjectStore:
    """Objects by kind, namespace and name. Await `news` for the next change."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    objects: dict[Key, Object] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    oldest: int = 0
    """Watches from before this version have expired."""
    version: int = 1000
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _suffixes: Iterator[int] = field(default_factory=lambda: count(1))

    def insert(self, kind: Kind, namespace: str, body: Object) -> Object:
        """Store a new object; the caller has checked that the name is free."""
        item = deepcopy(body)
        metadata = item["metadata"] = dict(item.get("metadata") or {})
        if not metadata.get("name"):
            metadata["name"] = f"{metadata.pop('generateName')}{next(self._suffixes):05d}"
        metadata |= {
            "namespace": namespace,
            "uid": str(uuid4()),
            "generation": 1,
            "creationTimestamp": self.time(),
        }
        return self._record(
            (kind, namespace, metadata["name"]), None, {"apiVersion": kind.api_version, "kind": kind.kind} | item
        )

    def replace(self, key: Key, item: Object) -> Object:
        """Store the object in another state; without a difference nothing happens."""
        before = self.objects[key]
        if _spec(item) != _spec(before):
            item["metadata"]["generation"] = before["metadata"]["generation"] + 1
        if item == before:
            return deepcopy(before)
        if item["metadata"].get("deletionTimestamp") and not item["metadata"].get("finalizers"):
            return self._erase(key, item)
        return self._record(key, before, item)

    def delete(self, key: Key) -> None:
        """Deletes an object, or marks it when finalizers hold it; what it owned follows."""
        item = deepcopy(self.objects[key])
        if item["metadata"].get("finalizers"):
            item["metadata"].setdefault("deletionTimestamp", self.time())
            self.replace(key, item)
        else:
            self._erase(key, item)

    def tick(self) -> None:
        """Count a change of an object that is not stored here."""
        self.version += 1
        self._tell(Change(self.version, None, None, None))

    def rewind(self, version: int) -> None:
        """Go back to a version without history; all objects get it."""
        self.version = self.oldest = version
        self.history.clear()
        for item in self.objects.values():
            item["metadata"]["resourceVersion"] = str(version)

    def restore(self, kind: Kind, backup: Object) -> None:
        """Put an earlier state of an object back, without an entry in the history; versions go on much higher."""
        metadata = backup["metadata"]
        self.objects[kind, metadata["namespace"], metadata["name"]] = deepcopy(backup)
        self.version += 1_000_000

    def time(self) -> str:
        """Now, in the format of objects."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def _erase(self, key: Key, last: Object) -> Object:
        before = self.objects.pop(key)
        self.version += 1
        last["metadata"]["resourceVersion"] = str(self.version)
        self._tell(Change(self.version, key, last, None))
        for child in self._orphans(before["metadata"]["uid"]):
            self.delete(child)
        return deepcopy(last)

    def _orphans(self, uid: str) -> list[Key]:
        """Objects that `uid` owned and that no living object owns."""
        alive = {item["metadata"]["uid"] for item in self.objects.values()}
        return [
            key
            for key, item in self.objects.items()
            if (owners := {owner["uid"] for owner in item["metadata"].get("ownerReferences") or ()})
            and uid in owners
            and not owners & alive
        ]

    def _record(self, key: Key, before: Object | None, item: Object) -> Object:
        self.version += 1
        item["metadata"]["resourceVersion"] = str(self.version)
        self.objects[key] = item
        self._tell(Change(self.version, key, before, item))
        return deepcopy(item)

    def _tell(self, change: Change) -> None:
        self.history.append(change)
        self.wake()

    def wake(self) -> None:
        """Wake everybody who waits for news."""
        self.news.set()
        self.news = asyncio.Event()


def _spec(item: Object) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in NOT_SPEC}
