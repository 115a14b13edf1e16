"""The reason why a pod does not start, from its status: for runners, and for the transfer pods of the command."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from automl_api import reasons

_PULL: Final = (reasons.IMAGE_PULL_BACK_OFF, "ErrImagePull", "RegistryUnavailable", "SignatureValidationFailed")
_BACK_OFF: Final = "ErrImagePull: "
_ON_ITS_WAY: Final = ("", "ContainerCreating", "PodInitializing")


@dataclass(frozen=True)
class PodDiagnosis:
    """A CamelCase reason and its message. `final` is true for problems that do not go away by themselves."""

    reason: str
    message: str
    final: bool = False


def pending_pod(pod: Mapping[str, Any]) -> PodDiagnosis | None:
    """The problem that keeps a pod from running; None where it is still starting."""
    status = pod.get("status") or {}
    for container in status.get("containerStatuses") or ():
        waiting = (container.get("state") or {}).get("waiting") or {}
        problem = _of_container(str(waiting.get("reason") or ""), str(waiting.get("message") or ""))
        if problem is not None:
            return problem
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("status") == "False" and condition.get("reason"):
            return PodDiagnosis(str(condition["reason"]), str(condition.get("message") or ""))
    return None


def _of_container(reason: str, message: str) -> PodDiagnosis | None:
    """The problem of a waiting container. The alternating reasons of a failed pull become one reason."""
    if reason in _ON_ITS_WAY:
        return None
    if reason in _PULL:
        return PodDiagnosis(reasons.IMAGE_PULL_BACK_OFF, message.rpartition(_BACK_OFF)[2] or reason)
    return PodDiagnosis(reason, message or reason)
