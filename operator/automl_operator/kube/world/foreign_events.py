"""Reads Events of Kubernetes' own controllers. They say why a Job gets no pod, a pod no volume, or a claim no disk."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from automl_api import reasons
from automl_operator.kube.api.api import Object

FIELD_SELECTORS: Final = (
    f"involvedObject.kind=Job,reason={reasons.FAILED_CREATE}",
    f"involvedObject.kind=Pod,reason={reasons.FAILED_MOUNT}",
    "involvedObject.kind=PersistentVolumeClaim",
)


@dataclass(frozen=True)
class ForeignEvent:
    """An Event that the operator did not write."""

    reason: str
    message: str
    at: str
    """The time at which it was last seen, as RFC 3339 text, which sorts by time."""


LatestEvent = Callable[[str], ForeignEvent | None]
"""Returns the latest Event about the object with a uid; None without one."""


def read_event(item: Object) -> ForeignEvent:
    """Read an Event of the core group."""
    series = item.get("series") or {}
    times = (series.get("lastObservedTime"), item.get("lastTimestamp"), item.get("eventTime"))
    at = next((str(time) for time in times if time), str(item["metadata"].get("creationTimestamp", "")))
    return ForeignEvent(str(item.get("reason", "")), str(item.get("message", "")).strip(), at)


def subject_of(item: Object) -> str:
    """The uid of the object that an Event is about."""
    return str(item.get("involvedObject", {}).get("uid", ""))
