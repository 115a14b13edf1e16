"""What the "restricted" Pod Security Standard asks of a pod, and a little more."""

from automl_operator.kube.manifests.belonging import Object


def pod_context(run_as_user: int | None) -> Object:
    """The pod's part. Without a user the platform assigns one, or the image names one by number.

    A user of ours is also the group of its volumes: a block volume belongs to root otherwise.
    """
    context: Object = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    if run_as_user is not None:
        context |= {"runAsUser": run_as_user, "fsGroup": run_as_user, "fsGroupChangePolicy": "OnRootMismatch"}
    return context


def container_context() -> Object:
    """A container's part."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
