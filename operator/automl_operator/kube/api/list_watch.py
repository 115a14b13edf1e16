"""Keeps all objects of a kind in memory, so that decisions need not call the API server.

kopf's index and watch do not suffice: they miss objects that were deleted while a watch was broken.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Final

from automl_api.backoff import Backoff
from automl_api.kinds import Kind
from automl_operator.kube.api.api import Api, Listing, Object, WatchEvent
from automl_operator.kube.api.errors import ApiError, Expired, Forbidden, NotFound
from automl_operator.kube.api.informer_cache import InformerCache, Name, OnChange, Relisting
from automl_operator.kube.api.observer import ApiObserver, UnobservedApi

RESYNC_SECONDS: Final = 600.0
SHORT_SECONDS: Final = 1.0
"""A watch that ends sooner, without an event, counts as failed: opening it again at once would flood the server."""

SILENT_SECONDS: Final = 60.0
"""After a watch that was silent for this long, without even a bookmark, and then failed, a list follows."""

_log = logging.getLogger(__name__)


class ListWatch:
    """Follows the objects of one kind, in one namespace or all, that match the selectors.

    `on_change(name, old, new)` is called on the event loop for every change; `new` is None for a deleted object.
    `keep` returns the part of an object to keep: its metadata at least. Callers must not change what `objects` holds.
    """

    def __init__(
        self,
        api: Api,
        kind: Kind,
        namespace: str | None = None,
        *,
        labels: str = "",
        fields: str = "",
        on_change: OnChange,
        keep: Callable[[Object], Object] = lambda item: item,
        resync_seconds: float = RESYNC_SECONDS,
        observer: ApiObserver | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._api = api
        self._kind = kind
        self._namespace = namespace
        self._labels = labels
        self._fields = fields
        self._resync_seconds = resync_seconds
        self._observer = observer or UnobservedApi()
        self._clock = clock
        self._sleep = sleep
        self._backoff = Backoff(jitter=0.5, chance=chance)
        self._cache = InformerCache(on_change, keep)
        self._position = ""
        self._relist_at = float("inf")
        self._seen = 0
        self._last_error = ""
        self.synced = asyncio.Event()
        """Set after the first list."""
        self.answered = asyncio.Event()
        """Set after the first list, or after the server refused it."""
        self.fresh_at = clock()
        """The clock at the server's last answer: a list, event, orderly end of a watch, or refusal."""

    @property
    def kind(self) -> Kind:
        """The kind that is followed."""
        return self._kind

    @property
    def namespace(self) -> str | None:
        """The namespace that is followed; None: all of them."""
        return self._namespace

    @property
    def revision(self) -> int:
        """The server's revision up to which every change was received; 0 before the first list."""
        return int(self._position or 0)

    @property
    def objects(self) -> Mapping[Name, Object]:
        """The objects by (namespace, name); a live view."""
        return MappingProxyType(self._cache.objects)

    def put(self, new: Object) -> None:
        """Store the answer to our own write of a matching object, unless the same or a newer version is known."""
        self._cache.put(new)

    def removed(self, namespace: str, name: str, uid: str) -> None:
        """Remove an object that we deleted; late events from before its deletion are ignored."""
        self._cache.removed((namespace, name), uid)

    def read_again(self, names: Iterable[Name]) -> None:
        """List soon, and call `on_change` for these objects again."""
        self._cache.doubt(names)
        self._relist_at = self._clock()

    async def run(self) -> None:
        """Follow for ever. Errors and refusals are logged and retried with backoff."""
        why = "first"
        while True:
            try:
                await self._relist(why)
                self._relist_at = self._clock() + self._resync_seconds
                await self._follow()
                why = "resync"
            except Expired:
                why = "Expired"  # normal where little changes: no warning
                await self._sleep(self._backoff.failed())
            except ApiError as error:
                await self._falter(error)

    async def _relist(self, why: str) -> None:
        relisting: Relisting | None = None
        position = ""
        async with aclosing(
            self._api.pages(self._kind, self._namespace, labels=self._labels, fields=self._fields)
        ) as pages:
            async for page in pages:
                relisting = relisting or self._begin(page)
                relisting.take(page.items)
                position = page.resource_version
        assert relisting is not None, "a list has at least one page"
        relisting.end()
        self._position = position
        self._observer.relisted(self._kind, why)
        self._refreshed()
        self.synced.set()
        self.answered.set()

    def _begin(self, page: Listing) -> Relisting:
        moment = int(page.resource_version or 0)
        if self._cache.is_restored(moment):
            self.synced.clear()  # until the last page, existing objects seem to be gone
        return self._cache.relisting(moment)

    async def _follow(self) -> None:
        """Watch, and watch again from where the last watch ended, until the next list is due. Raises Expired."""
        while self._clock() < self._relist_at:
            opened, self._seen = self._clock(), 0
            try:
                await self._watch()
            except Expired:
                raise
            except ApiError as error:
                await self._falter(error)
                if not self._seen and self._clock() - opened >= SILENT_SECONDS:
                    return  # The server may be silent because it no longer knows our resourceVersion.
                continue
            if self._seen or self._clock() - opened >= SHORT_SECONDS:
                # The server ended the watch in order, so it has sent every event. Watches on Events have no bookmarks.
                self._backoff.succeeded()
                self._refreshed()
            else:
                await self._sleep(self._backoff.failed())

    async def _watch(self) -> None:
        events = self._api.watch(
            self._kind, self._namespace, labels=self._labels, fields=self._fields, resource_version=self._position
        )
        async with aclosing(events) as stream:
            async for event in stream:
                self._take(event)
                if self._clock() >= self._relist_at:
                    break

    def _take(self, event: WatchEvent) -> None:
        self._seen += 1
        self._observer.watched(self._kind, event.type)
        self._cache.take(event)
        self._backoff.succeeded()
        self._position = event.resource_version or self._position
        self._refreshed()

    def _refreshed(self) -> None:
        self.fresh_at = self._clock()
        if self._last_error:
            _log.info("%s can be watched again", self._kind.plural)
            self._last_error = ""

    async def _falter(self, error: ApiError) -> None:
        message = f"{type(error).__name__}: {error.message}"
        if isinstance(error, NotFound):
            message += " (is its kind installed? helm upgrade --set crds.enabled=true)"
        if message != self._last_error:
            _log.warning("%s cannot be watched, trying again: %s", self._kind.plural, message)
            self._last_error = message
        if isinstance(error, Forbidden):
            # A refusal is an answer: a restart would not help. For example, our rights end with a deleted namespace.
            self.fresh_at = self._clock()
            self.answered.set()
        await self._sleep(max(self._backoff.failed(), error.retry_after or 0.0))
