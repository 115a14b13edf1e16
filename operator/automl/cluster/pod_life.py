"""The life of a transfer pod. It is deleted at the end, also after an error or Ctrl-C."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from automl.cluster.api import Cluster, Object
from automl.cluster.errors import ApiRefused, ClusterError
from automl.cluster.transfer_pod import Transfer, manifest
from automl_api import reasons
from automl_api.kinds import PODS
from automl_api.pod_diagnosis import PodDiagnosis, pending_pod
from automl_api.quantities import format_duration

WAIT_SECONDS = 300.0
LOOK_SECONDS = 0.5
ASSIGNS_USERS = "security context constraint"
"""Part of the error message of platforms that assign user ids themselves."""
HOPELESS = frozenset(
    {
        reasons.IMAGE_PULL_BACK_OFF,
        reasons.ERR_IMAGE_NEVER_PULL,
        reasons.INVALID_IMAGE_NAME,
        reasons.CREATE_CONTAINER_CONFIG_ERROR,
        reasons.RUN_CONTAINER_ERROR,
    }
)
_IMAGE_HINT = "choose another with --pod-image, or name the secret of its registry with --pull-secret"


@dataclass(frozen=True)
class WaitPolicy:
    """The means of waiting: `clock` in seconds, `sleep` for seconds, `say` for a text about the wait."""

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    say: Callable[[str], None]


@contextmanager
def transfer_pod(cluster: Cluster, transfer: Transfer, wait: WaitPolicy) -> Iterator[str]:
    """The name of a running pod that has mounted the claim; it is deleted afterwards. Raises ClusterError."""
    try:
        _create(cluster, transfer)
        _wait_until_it_runs(cluster, transfer, wait)
        yield transfer.pod
    finally:
        cluster.delete(PODS, transfer.pod)


def _create(cluster: Cluster, transfer: Transfer) -> None:
    try:
        cluster.create(PODS, manifest(transfer))
    except ApiRefused as error:
        if ASSIGNS_USERS not in str(error):
            raise
        cluster.create(PODS, manifest(replace(transfer, user=None)))


def _wait_until_it_runs(cluster: Cluster, transfer: Transfer, wait: WaitPolicy) -> None:
    started = wait.clock()
    while True:
        pod = cluster.get(PODS, transfer.pod)
        if pod is None:
            raise ClusterError(f"pod {transfer.pod} was deleted while it was needed; run the command again")
        if _runs(pod):
            return
        waited, (reason, message) = wait.clock() - started, _problem(pod)
        if reason in HOPELESS or pod["status"].get("phase") in ("Failed", "Succeeded"):
            raise ClusterError(_no_start(transfer, reason, message))
        if waited > WAIT_SECONDS:
            raise ClusterError(_no_start(transfer, reason or f"waited {WAIT_SECONDS:.0f} s", message))
        wait.say(f"waiting for pod {transfer.pod}, {format_duration(waited)} {message}".rstrip())
        wait.sleep(LOOK_SECONDS)


def _problem(pod: Object) -> tuple[str, str]:
    """The reason why a pod does not run, in CamelCase, and its message; both empty where nothing is known."""
    status = pod["status"]
    problem = pending_pod(pod) or PodDiagnosis(status.get("reason", ""), status.get("message", ""))
    return problem.reason, problem.message


def _runs(pod: Object) -> bool:
    status = pod.get("status", {})
    return status.get("phase") == "Running" and all(c.get("ready") for c in status.get("containerStatuses") or ())


def _no_start(transfer: Transfer, reason: str, message: str) -> str:
    image = f"image {transfer.image}; {_IMAGE_HINT}" if "Image" in reason else ""
    why = ": ".join(part for part in dict.fromkeys((reason, message)) if part)
    return f"the pod that copies to or from claim {transfer.claim} does not start ({why or 'no reason given'}) {image}".strip()
