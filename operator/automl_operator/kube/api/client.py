"""The Api over HTTP: one token bucket limits all calls, Retry-After is obeyed, temporary errors are retried."""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Final, Self

from automl_api.backoff import Backoff
from automl_api.kinds import EVENTS, Kind
from automl_operator.kube.api.access import Access
from automl_operator.kube.api.api import PAGE, Listing, Object, WatchEvent
from automl_operator.kube.api.errors import ApiError, Busy, Conflict, Fenced, NotFound, error_of
from automl_operator.kube.api.observer import ApiObserver, UnobservedApi
from automl_operator.kube.api.token_bucket import TokenBucket
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.api.versions import Versions
from automl_operator.kube.api.wire import Answer, Request, Wire

FIELD_OWNER: Final = "automl-operator"
MERGE_PATCH: Final = "application/merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
ATTEMPTS: Final = 4
LIST_SECONDS: Final = 60.0
WATCH_SECONDS: Final = 300
SILENCE_SECONDS: Final = 70.0
"""Bookmarks come every minute; a watch that is silent for longer is dead."""
EVENTS_SECONDS: Final = 50
"""The API server sends no bookmarks for Events. A watch on them ends before its silence looks like an error."""
LONGEST_RETRY_AFTER: Final = 120.0


class KubernetesApi:
    """Api over one API server; a context that closes its connections.

    Every call takes a token, also a read or the opening of a watch; a watch's events take none. `may_write` is called
    right before each attempt of a write: while this process was frozen or waited for a token, another may have become
    the leader.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        bucket: TokenBucket | None = None,
        observer: ApiObserver | None = None,
        may_write: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._wire = wire
        self._bucket = bucket or TokenBucket()
        self._observer = observer or UnobservedApi()
        self._may_write = may_write
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._versions = Versions()

    @classmethod
    async def connect(
        cls,
        access: Access | None = None,
        *,
        bucket: TokenBucket | None = None,
        observer: ApiObserver | None = None,
        may_write: Callable[[], bool] = lambda: True,
    ) -> Self:
        """Connect to the API server that `access` names. Raises NoAccess."""
        wire = Wire(await (access or Access()).configuration())
        return cls(wire, bucket=bucket, observer=observer, may_write=may_write)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def get(self, kind: Kind, namespace: str, name: str, *, urgency: Urgency = Urgency.OBJECT) -> Object | None:
        """See Api."""
        try:
            return await self._call(Request("get", kind, "GET", kind.path(namespace, name), urgency))
        except NotFound:
            return None

    async def list(self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "") -> Listing:
        """See Api."""
        pages = [page async for page in self.pages(kind, namespace, labels=labels, fields=fields)]
        return Listing(tuple(item for page in pages for item in page.items), pages[0].resource_version)

    async def pages(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", limit: int = PAGE
    ) -> AsyncGenerator[Listing, None]:
        """See Api."""
        query = _selection(labels, fields) | {"limit": str(limit)}
        while True:
            request = Request(
                "list", kind, "GET", kind.path(namespace), Urgency.OBJECT, query=query, seconds=LIST_SECONDS
            )
            page = await self._call(request)
            metadata = page.get("metadata", {})
            if not metadata.get("resourceVersion"):
                # A proxy has answered instead of the API server: the list must not empty our caches.
                raise Busy(
                    f"the list of {kind.plural} has no resourceVersion; a proxy has answered instead of the API server"
                )
            items = page.pop("items", None) or ()
            yield Listing(tuple(_tidied(item, kind) for item in items), str(metadata["resourceVersion"]))
            if not metadata.get("continue"):
                return
            query = query | {"continue": metadata["continue"]}

    async def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = "", resource_version: str
    ) -> AsyncGenerator[WatchEvent, None]:
        """See Api. The duration of some minutes is random, so that watches do not all end together."""
        seconds = int((EVENTS_SECONDS if kind == EVENTS else WATCH_SECONDS) * (0.5 + self._chance() / 2))
        query = _selection(labels, fields) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(seconds),
        }
        await self._turn(Urgency.OBJECT)
        started = self._clock()
        stream = self._wire.stream(
            kind.path(namespace), query=query, seconds=seconds + 30.0, silence_seconds=SILENCE_SECONDS
        )
        async with aclosing(stream) as lines:
            async for line in lines:
                if isinstance(line, Answer):
                    self._observer.requested("watch", kind, line.status, self._clock() - started)
                    if not line.ok:
                        raise self._error(line)
                else:
                    yield _event(line, kind)

    async def create(self, kind: Kind, namespace: str, body: Object, *, urgency: Urgency) -> Object:
        """See Api."""
        body = {"apiVersion": kind.api_version, "kind": kind.kind} | body
        return await self._call(
            Request(
                "create", kind, "POST", kind.path(namespace), urgency, query={"fieldManager": FIELD_OWNER}, body=body
            )
        )

    async def apply_status(
        self, kind: Kind, namespace: str, name: str, status: Object, *, uid: str = "", urgency: Urgency
    ) -> Object:
        """See Api. Server-side apply has no uid precondition, so the last resourceVersion of that uid is sent."""
        if not uid:
            return await self._apply(kind, namespace, name, status, {}, urgency)
        for _ in range(ATTEMPTS):
            version = self._versions.of(uid) or await self._version_of(kind, namespace, name, uid, urgency)
            try:
                stored = await self._apply(kind, namespace, name, status, {"resourceVersion": version}, urgency)
            except Conflict:
                self._versions.forget(uid)
            else:
                self._versions.saw(stored)
                return stored
        raise Busy(f"{kind.kind} {namespace}/{name} changes all the time: other clients write to it")

    async def _version_of(self, kind: Kind, namespace: str, name: str, uid: str, urgency: Urgency) -> str:
        stored = await self.get(kind, namespace, name, urgency=urgency)
        if stored is None:
            raise NotFound(f"there is no {kind.kind} {namespace}/{name}", status=404, reason="NotFound")
        if stored["metadata"]["uid"] != uid:
            raise Conflict(f"{kind.kind} {namespace}/{name} now has another uid", status=409, reason="Conflict")
        return str(stored["metadata"]["resourceVersion"])

    async def _apply(
        self, kind: Kind, namespace: str, name: str, status: Object, precondition: Object, urgency: Urgency
    ) -> Object:
        metadata = {"name": name, "namespace": namespace} | precondition
        return await self._call(
            Request(
                "apply",
                kind,
                "PATCH",
                kind.path(namespace, name, "status"),
                urgency,
                query={"fieldManager": FIELD_OWNER, "force": "true"},
                body={"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, "status": status},
                content_type=APPLY_PATCH,
            )
        )

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object, *, urgency: Urgency) -> Object:
        """See Api."""
        return await self._call(
            Request(
                "patch",
                kind,
                "PATCH",
                kind.path(namespace, name),
                urgency,
                query={"fieldManager": FIELD_OWNER},
                body=body,
                content_type=MERGE_PATCH,
            )
        )

    async def delete(self, kind: Kind, namespace: str, name: str, *, uid: str = "", urgency: Urgency) -> None:
        """See Api."""
        options: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._call(Request("delete", kind, "DELETE", kind.path(namespace, name), urgency, body=options))
        except NotFound:
            return

    async def document(self, path: str) -> Object:
        """The JSON document at a path that is not an object's, such as /openid/v1/jwks."""
        return await self._call(Request("get", DOCUMENT, "GET", path, Urgency.OBJECT))

    async def _call(self, request: Request) -> Object:
        """The answer of the first attempt that succeeds. Busy is retried; the last attempt raises it."""
        backoff = Backoff(jitter=0.5, chance=self._chance)
        for attempt in range(1, ATTEMPTS + 1):
            await self._turn(request.urgency)
            try:
                return await self._attempt(request)
            except Busy as error:
                if attempt == ATTEMPTS:
                    raise
                await self._sleep(0.0 if error.retry_after else backoff.failed())
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, request: Request) -> Object:
        if request.method != "GET" and not self._may_write():
            raise Fenced("this process no longer leads")
        started, code = self._clock(), 0
        try:
            answer = await self._wire.send(
                request.method,
                request.path,
                query=request.query,
                seconds=request.seconds,
                body=request.body,
                content_type=request.content_type,
            )
            code = answer.status
        finally:
            self._observer.requested(request.verb, request.kind, code, self._clock() - started)
        if not answer.ok:
            raise self._error(answer, creating=request.verb == "create")
        return _tidied(answer.document(), request.kind)

    async def _turn(self, urgency: Urgency) -> None:
        self._observer.throttled(urgency, await self._bucket.take(urgency))

    def _error(self, answer: Answer, *, creating: bool = False) -> ApiError:
        """The error for an answer. A Retry-After pauses the whole bucket, because the server means every call."""
        error = error_of(answer.status, answer.document(), creating=creating)
        if isinstance(error, Busy):
            error.retry_after = answer.retry_after or error.retry_after
            if error.retry_after:
                self._bucket.pause(min(LONGEST_RETRY_AFTER, error.retry_after))
        return error


DOCUMENT: Final = Kind("", "", "documents", "Document")
"""The kind under which calls of `document` are counted."""


def _selection(labels: str, fields: str) -> dict[str, str]:
    return {key: value for key, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}


def _event(line: bytes, kind: Kind) -> WatchEvent:
    try:
        parsed = json.loads(line)
        what, item = parsed["type"], parsed["object"]
    except (ValueError, KeyError, TypeError) as error:
        raise Busy(f"the watch on {kind.plural} was cut in the middle of a line") from error
    if what == "ERROR":
        raise error_of(int(item.get("code") or 0), item)
    return WatchEvent(what, _tidied(item, kind))


def _tidied(item: Object, kind: Kind) -> Object:
    """Add the kind, which items of lists lack, and drop managedFields, which are half of an object and unused."""
    item.setdefault("apiVersion", kind.api_version)
    item.setdefault("kind", kind.kind)
    item.get("metadata", {}).pop("managedFields", None)
    return item
