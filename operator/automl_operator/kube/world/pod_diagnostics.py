"""Finds out why a runner does not start, from the messages of scheduler, kubelet and admission."""

import re
from dataclasses import dataclass
from typing import Final

from automl_operator.kube.api.api import Object
from automl_operator.kube.world.foreign_events import ForeignEvent

QUOTA_EXCEEDED: Final = "QuotaExceeded"
FAILED_MOUNT: Final = "FailedMount"
POD_REFUSED: Final = "PodRefused"
_PULL: Final = ("ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed")
_CONTAINER: Final = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImageInspectError",
    "InvalidImageName",
    "RunContainerError",
)
_BACK_OFF: Final = "ErrImagePull: "
_POD_NAME: Final = re.compile(r'^(pods "[^"]*?)-(?:[a-z0-9]{5})?"')
"""The random part of a pod's name, which each attempt changes; without it the message stays the same."""


@dataclass(frozen=True)
class PodDiagnosis:
    """A CamelCase reason, and the message of the component that reports it. `final`: waiting does not help."""

    reason: str
    message: str
    final: bool = False


def refused_pod(word: ForeignEvent) -> PodDiagnosis:
    """Why the Job controller could not create the pod, from its FailedCreate Event."""
    message = _POD_NAME.sub(r'\1"', word.message.removeprefix("Error creating: "))
    if "exceeded quota" in message:
        return PodDiagnosis(QUOTA_EXCEEDED, message)
    if "is being terminated" in message:
        return PodDiagnosis("NamespaceTerminating", message)
    if "error looking up service account" in message:
        return PodDiagnosis("ServiceAccountMissing", message)
    permanent = ("is forbidden", "denied the request", "is invalid")
    final = any(words in message for words in permanent)
    return PodDiagnosis(POD_REFUSED if final else "FailedCreate", message, final)


def pending_pod(pod: Object, mount: ForeignEvent | None) -> PodDiagnosis | None:
    """Why a pod does not run; None while it starts normally. `mount` is the kubelet's latest FailedMount Event."""
    status = pod.get("status", {})
    for container in status.get("containerStatuses", ()):
        waiting = container.get("state", {}).get("waiting") or {}
        problem = _of_container(str(waiting.get("reason", "")), str(waiting.get("message", "")))
        if problem is not None:
            return problem
    for condition in status.get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return PodDiagnosis("Unschedulable", str(condition.get("message", "")))
    return PodDiagnosis(FAILED_MOUNT, mount.message) if mount is not None and not has_volumes(pod) else None


def has_volumes(pod: Object) -> bool:
    """True when the kubelet has mounted all volumes of a pod: it creates the sandbox only after that."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "PodReadyToStartContainers" and c.get("status") == "True" for c in conditions)


def _of_container(reason: str, message: str) -> PodDiagnosis | None:
    """The diagnosis for a waiting container. A failed pull alternates between two reasons, so both give the same one."""
    if reason in _PULL:
        return PodDiagnosis("ImagePullBackOff", message.rpartition(_BACK_OFF)[2] or reason)
    if reason in _CONTAINER:
        return PodDiagnosis(reason, message or reason)
    return None


def is_waiting(pod: Object) -> bool:
    """True when a pod is pending, perhaps because of its volumes."""
    return pod.get("status", {}).get("phase") == "Pending" and not has_volumes(pod)
