"""Security contexts of all our pods: the "restricted" Pod Security Standard, and a little stricter."""

from typing import Any


def pod_context(run_as_user: int | None) -> dict[str, Any]:
    """The pod's security context. Without a user the platform assigns one, or the image names one by number.

    A given user id is also the group of the pod's volumes, because a block volume otherwise belongs to root.
    """
    context: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if run_as_user is not None:
        context |= {"runAsUser": run_as_user, "fsGroup": run_as_user, "fsGroupChangePolicy": "OnRootMismatch"}
    return context


def container_context() -> dict[str, Any]:
    """A container's security context."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
