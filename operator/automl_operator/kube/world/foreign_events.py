"""What Kubernetes' own controllers say in Events: why a Job gets no pod, a pod no volume, a claim no disk."""

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
    """One Event of somebody else's."""

    reason: str
    message: str
    at: str
    """When it was said last; such times sort as texts."""


LatestEvent = Callable[[str], ForeignEvent | None]
"""The last word about the object of a uid."""


def read_event(item: Object) -> ForeignEvent:
    """An Event of the core group."""
    series = item.get("series") or {}
    times = (series.get("lastObservedTime"), item.get("lastTimestamp"), item.get("eventTime"))
    at = next((str(time) for time in times if time), str(item["metadata"].get("creationTimestamp", "")))
    return ForeignEvent(str(item.get("reason", "")), str(item.get("message", "")).strip(), at)


def subject_of(item: Object) -> str:
    """The uid of the object that an Event is about."""
    return str(item.get("involvedObject", {}).get("uid", ""))
