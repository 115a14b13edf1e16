"""The manifest of the short-lived pod through which files are copied to and from a volume claim. Pure functions.

Any image with a shell and the usual small programs will do. The default is the runners' image, because the cluster can
certainly pull it; where no runner has run yet, it is busybox.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from automl.cluster.api import Object
from automl_api.environment_names import POD_IMAGE
from automl_api.names import LABEL_EXPERIMENT
from automl_api.pod_security import container_context, pod_context

MOUNT = "/mnt/claim"
BUSYBOX = "docker.io/library/busybox:1.37"
NOBODY = 65532
LEAST_SECONDS = 600
READING_SECONDS = 6 * 3600
"""The size of a bundle is unknown before it is read, so this is long enough for a slow connection."""
SLOWEST_BYTES_PER_SECOND = 250_000
LABELS = {"app.kubernetes.io/managed-by": "automl", "app.kubernetes.io/component": "transfer"}
"""They differ from the operator's labels, so that it does not take the pod for a runner."""


@dataclass(frozen=True)
class Transfer:
    """The purpose of a pod. `size` is the number of bytes to write; `user` is None where the platform assigns one."""

    pod: str
    claim: str
    image: str
    experiment: str
    read_only: bool
    size: int = 0
    service_account: str = "default"
    user: int | None = NOBODY
    pull_secret: str | None = None

    @property
    def seconds(self) -> int:
        """The pod's longest life, in case nobody deletes it."""
        if self.read_only:
            return READING_SECONDS
        return LEAST_SECONDS + self.size // SLOWEST_BYTES_PER_SECOND


def choose_image(chosen: str | None, experiments: Sequence[Object]) -> str:
    """The image of a transfer pod: the user's, else one that runs here already, else busybox."""
    if chosen or os.environ.get(POD_IMAGE):
        return chosen or os.environ[POD_IMAGE]
    for experiment in experiments:
        images = experiment.get("status", {}).get("images") or {}
        if images:
            return str(images.get("cpu") or images[min(images)])
    return BUSYBOX


def manifest(transfer: Transfer) -> Object:
    """The pod's manifest, which the restricted Pod Security Standard allows."""
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": transfer.pod, "labels": LABELS},
        "spec": {
            "restartPolicy": "Never",
            "activeDeadlineSeconds": transfer.seconds,
            "terminationGracePeriodSeconds": 0,
            "serviceAccountName": transfer.service_account,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": _pod_security(transfer.user),
            "affinity": _near_the_runners(transfer.experiment),
            "containers": [_container(transfer)],
            "volumes": [{"name": "claim", "persistentVolumeClaim": {"claimName": transfer.claim}}],
        },
    }
    if transfer.pull_secret:
        pod["spec"]["imagePullSecrets"] = [{"name": transfer.pull_secret}]
    return pod


def _container(transfer: Transfer) -> dict[str, Any]:
    return {
        "name": "transfer",
        "image": transfer.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sleep", str(transfer.seconds)],
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"cpu": "1", "memory": "256Mi"},
        },
        "securityContext": container_context(),
        "volumeMounts": [{"name": "claim", "mountPath": MOUNT, "readOnly": transfer.read_only}],
    }


def _pod_security(user: int | None) -> dict[str, Any]:
    group = {} if user is None else {"runAsGroup": user}
    return pod_context(user) | group


def _near_the_runners(experiment: str) -> dict[str, Any]:
    """Prefer the runners' node: a ReadWriteOnce claim can be mounted on one node at a time."""
    term = {
        "labelSelector": {"matchLabels": {LABEL_EXPERIMENT: experiment}},
        "topologyKey": "kubernetes.io/hostname",
    }
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    return {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
