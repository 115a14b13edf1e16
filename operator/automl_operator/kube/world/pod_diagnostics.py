"""Why a runner does not start: the words of scheduler, kubelet and admission, each with one CamelCase word of ours."""

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
"""Each attempt has another name; what is said of all of them must not flicker."""


@dataclass(frozen=True)
class PodDiagnosis:
    """One CamelCase word and the words of whoever says so. `final`: it does not go away by itself."""

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
    """What keeps a pod from running; None where it is only on its way. `mount` is the kubelet's last FailedMount."""
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
    """Whether the kubelet has mounted all that a pod asks for: only then is its sandbox made."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "PodReadyToStartContainers" and c.get("status") == "True" for c in conditions)


def _of_container(reason: str, message: str) -> PodDiagnosis | None:
    """The two reasons of a failed pull take turns, and are one trouble: what is said of it must not flicker."""
    if reason in _PULL:
        return PodDiagnosis("ImagePullBackOff", message.rpartition(_BACK_OFF)[2] or reason)
    if reason in _CONTAINER:
        return PodDiagnosis(reason, message or reason)
    return None


def is_waiting(pod: Object) -> bool:
    """Whether a pod is pending and its volumes may be why."""
    return pod.get("status", {}).get("phase") == "Pending" and not has_volumes(pod)
