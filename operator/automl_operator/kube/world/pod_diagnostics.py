"""Finds out why a runner does not start, from the messages of scheduler, kubelet and admission."""

import re
from typing import Final

from automl_api import reasons
from automl_api.pod_diagnosis import PodDiagnosis, pending_pod
from automl_operator.kube.api.api import Object
from automl_operator.kube.world.foreign_events import ForeignEvent

_POD_NAME: Final = re.compile(r'^(pods "[^"]*?)-(?:[a-z0-9]{5})?"')
"""The random part of a pod's name, which each attempt changes; without it the message stays the same."""


def refused_pod(event: ForeignEvent) -> PodDiagnosis:
    """The reason why the Job controller could not create the pod, from its FailedCreate Event."""
    message = _POD_NAME.sub(r'\1"', event.message.removeprefix("Error creating: "))
    if "exceeded quota" in message:
        return PodDiagnosis(reasons.QUOTA_EXCEEDED, message)
    if "is being terminated" in message:
        return PodDiagnosis(reasons.NAMESPACE_TERMINATING, message)
    if "error looking up service account" in message:
        return PodDiagnosis(reasons.SERVICE_ACCOUNT_MISSING, message)
    permanent = ("is forbidden", "denied the request", "is invalid")
    final = any(text in message for text in permanent)
    return PodDiagnosis(reasons.POD_REFUSED if final else reasons.FAILED_CREATE, message, final)


def pending_runner(pod: Object, mount: ForeignEvent | None) -> PodDiagnosis | None:
    """The problem of a pod that does not run, or None if it starts normally. `mount`: its latest FailedMount Event."""
    problem = pending_pod(pod)
    if problem is not None or mount is None or has_volumes(pod):
        return problem
    return PodDiagnosis(reasons.FAILED_MOUNT, mount.message)


def has_volumes(pod: Object) -> bool:
    """True when the kubelet has mounted all volumes of a pod: it creates the sandbox only after that."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "PodReadyToStartContainers" and c.get("status") == "True" for c in conditions)


def is_waiting(pod: Object) -> bool:
    """True when a pod is pending, perhaps because of its volumes."""
    return pod.get("status", {}).get("phase") == "Pending" and not has_volumes(pod)
