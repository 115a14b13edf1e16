"""Writes the operator's Events when nothing more urgent waits. Events are dropped when too many wait."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final
from uuid import uuid4

from automl_api.kinds import EVENTS
from automl_api.resources import Experiment
from automl_operator.kube.api.api import Api, Object
from automl_operator.kube.api.errors import ApiError, Fenced
from automl_operator.kube.api.observer import ApiObserver, UnobservedApi
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.manifests.event import event
from automl_operator.kube.world.event_builder import EventNote

MOST_WAITING: Final = 256
STANDBY_SECONDS: Final = 1.0
_log = logging.getLogger(__name__)


class EventRecorder:
    """Writes Events from a bounded queue; they are never the only record of anything."""

    def __init__(
        self, api: Api, instance: str, clock: Callable[[], float], observer: ApiObserver | None = None
    ) -> None:
        self._api = api
        self._instance = instance
        self._clock = clock
        self._waiting: asyncio.Queue[tuple[Experiment, EventNote, float]] = asyncio.Queue(MOST_WAITING)
        self._observer = observer or UnobservedApi()

    def record(self, experiment: Experiment, notes: Iterable[EventNote]) -> None:
        """Queue Events on an experiment; drop them when the queue is full."""
        for note in notes:
            try:
                self._waiting.put_nowait((experiment, note, self._clock()))
            except asyncio.QueueFull:
                self._observer.event_dropped()

    async def run(self) -> None:
        """Write the queued Events for ever."""
        while True:
            experiment, note, now = await self._waiting.get()
            body = event(
                experiment,
                uuid4().hex[:16],
                tone=note.tone,
                reason=note.reason,
                message=note.message,
                now=now,
                instance=self._instance,
            )
            try:
                await self._write(experiment.metadata.namespace, body)
            except ApiError as error:
                self._observer.event_dropped()
                _log.warning("the Event %s was not written: %s", note.reason, error.message)

    async def _write(self, namespace: str, body: Object) -> None:
        """Write an Event as soon as this process may write. Raises ApiError."""
        while True:
            try:
                await self._api.create(EVENTS, namespace, body, urgency=Urgency.EVENT)
            except Fenced:
                await asyncio.sleep(STANDBY_SECONDS)
            else:
                return
