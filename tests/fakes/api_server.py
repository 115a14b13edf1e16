"""An Api in memory with real semantics of identities, versions, conflicts and watches; tests can make it fail.

Separate methods stand for what users, controllers and kubelets do; `calls` holds only the calls through the Api.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from automl_api.kinds import Kind
from automl_operator.kube.api.api import PAGE, Listing, Object, WatchEvent
from automl_operator.kube.api.errors import Conflict, Exists, Expired, NotFound
from automl_operator.kube.api.urgency import Urgency
from fakes.object_selectors import matches
from fakes.object_store import Change, Key, ObjectStore

T = TypeVar("T")


@dataclass(frozen=True)
class ApiCall:
    """One call that was made: get, list, watch, create, apply, patch or delete."""

    verb: str
    kind: Kind
    namespace: str | None
    name: str = ""
    urgency: Urgency = Urgency.OBJECT


@dataclass(frozen=True)
class _Fault:
    error: Exception
    kind: Kind | None
    done: bool


class FakeApiServer:
    """Api. Objects are copied on the way in and out; status is a subresource of every kind; deleting is immediate."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.calls: list[ApiCall] = []
        self._store = ObjectStore(now)
        self._applied: dict[str, Object] = {}
        self._faults: dict[str, deque[_Fault]] = {}
        self._streams = 0
        self.largest_page = PAGE

    # Api

    async def get(self, kind: Kind, namespace: str, name: str, *, urgency: Urgency = Urgency.OBJECT) -> Object | None:
        return await self._called(
            ApiCall("get", kind, namespace, name, urgency),
            lambda: deepcopy(self._store.objects.get((kind, namespace, name))),
        )

    async def list(self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "") -> Listing:
        pages = [page async for page in self.pages(kind, namespace, labels=labels, fields=fields)]
        return Listing(tuple(item for page in pages for item in page.items), pages[0].resource_version)

    async def pages(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", limit: int = PAGE
    ) -> AsyncGenerator[Listing, None]:
        call, limit = ApiCall("list", kind, namespace), min(limit, self.largest_page)
        items, version = await self._called(
            call, lambda: (self._selected(kind, namespace, labels, fields), self._store.version)
        )
        yield Listing(tuple(deepcopy(items[:limit])), str(version))
        for first in range(limit, len(items), limit):
            await self._called(call, lambda: self._check_kept(version))
            yield Listing(tuple(deepcopy(items[first : first + limit])), str(version))

    def _check_kept(self, version: int) -> None:
        if version < self._store.oldest:
            raise Expired("The provided continue parameter is too old", status=410, reason="Expired")

    async def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", resource_version: str
    ) -> AsyncGenerator[WatchEvent, None]:
        await self._called(ApiCall("watch", kind, namespace), lambda: None)
        stream, position = self._streams, int(resource_version)
        while True:
            if position > self._store.version:
                raise Expired(f"Too large resource version: {position}", status=504, reason="Timeout")
            if position < self._store.oldest:
                raise Expired(
                    f"too old resource version: {position} ({self._store.oldest})", status=410, reason="Expired"
                )
            news, latest = self._store.news, self._store.version
            for change in [change for change in self._store.history if change.version > position]:
                event = self._event(change, kind, namespace, lambda item: matches(item, labels, fields))
                position = change.version
                if event is not None:
                    yield event
            position = max(position, latest)
            if self._streams != stream:
                return
            if position >= self._store.version:
                await news.wait()

    async def create(self, kind: Kind, namespace: str, body: Object, *, urgency: Urgency) -> Object:
        name = str(body.get("metadata", {}).get("name", ""))
        stateless = {key: value for key, value in body.items() if key != "status"}
        return await self._called(
            ApiCall("create", kind, namespace, name, urgency), lambda: self._create(kind, namespace, name, stateless)
        )

    async def apply_status(
        self, kind: Kind, namespace: str, name: str, status: Object, *, uid: str = "", urgency: Urgency
    ) -> Object:
        return await self._called(
            ApiCall("apply", kind, namespace, name, urgency),
            lambda: self._apply(self._found((kind, namespace, name)), status, uid),
        )

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object, *, urgency: Urgency) -> Object:
        return await self._called(
            ApiCall("patch", kind, namespace, name, urgency),
            lambda: self._patch(self._found((kind, namespace, name)), body),
        )

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "", urgency: Urgency) -> None:
        await self._called(
            ApiCall("delete", kind, namespace, name, urgency), lambda: self._delete((kind, namespace, name), uid)
        )

    # What others do

    def add(self, kind: Kind, namespace: str, body: Object) -> Object:
        """Somebody creates an object, with its status."""
        name = str(body.get("metadata", {}).get("name", ""))
        return self._create(kind, namespace, name, body)

    def change(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        """Somebody merges changes into an object, into its status too."""
        key = self._found((kind, namespace, name))
        return self._store.replace(key, _merged(self._store.objects[key], body))

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Somebody deletes an object; what it owned goes with it."""
        self._store.delete(self._found((kind, namespace, name)))

    def stored(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The stored object, without a call."""
        return deepcopy(self._store.objects.get((kind, namespace, name)))

    def all(self, kind: Kind, namespace: str | None = None) -> tuple[Object, ...]:
        """All objects of a kind, without a call."""
        return tuple(deepcopy(item) for item in self._selected(kind, namespace, "", ""))

    def fail(
        self, verb: str, error: Exception, *, kind: Kind | None = None, times: int = 1, done: bool = False
    ) -> None:
        """The next `times` calls of a verb (of a kind) raise an error; with `done` only the answer is lost."""
        self._faults.setdefault(verb, deque()).extend([_Fault(error, kind, done)] * times)

    def end_watches(self) -> None:
        """End all watches, as a server does every few minutes."""
        self._streams += 1
        self._store.wake()

    def compact(self) -> None:
        """Forget the history, as etcd does every five minutes: watches from before have expired."""
        self._store.tick()
        self._store.oldest = self._store.version
        self._store.wake()

    def tick(self) -> None:
        """Something changes elsewhere; watches see a bookmark."""
        self._store.tick()

    def rewind(self, version: int = 1) -> None:
        """Restore the server from an old backup: all objects have lower versions."""
        self._store.rewind(version)
        self.end_watches()

    def restore(self, kind: Kind, backup: Object) -> None:
        """Restore an object from a backup to a server that goes on with later versions; watches have expired."""
        self._store.restore(kind, backup)
        self.compact()
        self.end_watches()

    def lose_events(self) -> None:
        """Lose all changes so far: no watch reports them, and none expires."""
        self._store.history.clear()

    # Inside

    async def _called(self, call: ApiCall, do: Callable[[], T]) -> T:
        await asyncio.sleep(0)
        self.calls.append(call)
        fault = self._fault(call)
        if fault is not None and not fault.done:
            raise fault.error
        answer = do()
        await asyncio.sleep(0)
        if fault is not None:
            raise fault.error
        return answer

    def _fault(self, call: ApiCall) -> _Fault | None:
        faults = self._faults.get(call.verb, deque())
        fault = next((fault for fault in faults if fault.kind in {None, call.kind}), None)
        if fault is not None:
            faults.remove(fault)
        return fault

    def _create(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        if (kind, namespace, name) in self._store.objects:
            raise Exists(f'{kind.plural} "{name}" already exists', status=409, reason="AlreadyExists")
        return self._store.insert(kind, namespace, body)

    def _apply(self, key: Key, status: Object, uid: str) -> Object:
        item = deepcopy(self._store.objects[key])
        _check(item, {"uid": uid})
        own = item["metadata"]["uid"]
        rest = _without(item.get("status") or {}, self._applied.get(own, {}))
        self._applied[own] = deepcopy(status)
        item["status"] = _merged(rest, status)
        return self._store.replace(key, item)

    def _patch(self, key: Key, body: Object) -> Object:
        item = self._store.objects[key]
        _check(item, body.get("metadata") or {})
        return self._store.replace(
            key, _merged(item, {part: value for part, value in body.items() if part != "status"})
        )

    def _delete(self, key: Key, uid: str) -> None:
        if key in self._store.objects:
            _check(self._store.objects[key], {"uid": uid})
            self._store.delete(key)

    def _found(self, key: Key) -> Key:
        if key not in self._store.objects:
            raise NotFound(f'{key[0].plural} "{key[2]}" not found', status=404, reason="NotFound")
        return key

    def _selected(self, kind: Kind, namespace: str | None, labels: str, fields: str) -> tuple[Object, ...]:
        return tuple(
            item
            for key, item in self._store.objects.items()
            if key[0] == kind and namespace in {None, key[1]} and matches(item, labels, fields)
        )

    def _event(
        self, change: Change, kind: Kind, namespace: str | None, selected: Callable[[Object], bool]
    ) -> WatchEvent | None:
        if change.key is None:
            bookmark = {"metadata": {"resourceVersion": str(change.version)}}
            return WatchEvent("BOOKMARK", {"apiVersion": kind.api_version, "kind": kind.kind} | bookmark)
        if change.key[0] != kind or namespace not in {None, change.key[1]}:
            return None
        was = change.before is not None and selected(change.before)
        now = change.after is not None and selected(change.after)
        if now and change.after is not None:
            return WatchEvent("MODIFIED" if was else "ADDED", deepcopy(change.after))
        if was and change.before is not None:
            gone = deepcopy(change.after or change.before)
            gone["metadata"]["resourceVersion"] = str(change.version)
            return WatchEvent("DELETED", gone)
        return None


def _check(item: Object, wanted: Object) -> None:
    """Raise Conflict unless the preconditions hold."""
    for field in ("uid", "resourceVersion"):
        if wanted.get(field) and wanted[field] != item["metadata"][field]:
            raise Conflict(f"Precondition failed: {field} {wanted[field]} is not {item['metadata'][field]}", status=409)


def _merged(old: Any, new: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(new, dict):
        return deepcopy(new)
    result = deepcopy(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


def _without(status: Object, applied: Object) -> Object:
    """The fields of a status that this applier has not applied."""
    rest = {}
    for name, value in status.items():
        if name not in applied:
            rest[name] = value
        elif isinstance(value, dict) and isinstance(applied[name], dict):
            inner = _without(value, applied[name])
            if inner:
                rest[name] = inner
    return rest
