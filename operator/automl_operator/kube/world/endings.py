"""Classifies the end of a runner's pod or Job by failure class."""

import json
from typing import Final

from automl_api import reasons
from automl_api.protocol.exit_codes import BROKER_LOST, LEFT, PARENT_LOST, REFUSED, TERMINATED, WRONG_ENVIRONMENT
from automl_api.signal_names import signal_name
from automl_operator.decisions.state.snapshot import Ending
from automl_operator.kube.api.api import Object
from automl_operator.kube.manifests.runner_job import CONTAINER

MAX_WORDS: Final = 2000
GONE: Final = Ending("infrastructure", reasons.POD_DELETED, "the runner's pod was deleted")
_LOSSES: Final = {
    BROKER_LOST: (reasons.BROKER_LOST, "the runner could not reach the broker"),
    PARENT_LOST: (reasons.PARENT_LOST, "the runner lost its parent"),
    TERMINATED: (reasons.TERMINATED, "the runner was ended by SIGTERM"),
}
_BUGS: Final = {
    WRONG_ENVIRONMENT: (reasons.WRONG_ENVIRONMENT, "the runner was started with a wrong environment"),
    REFUSED: (reasons.PROTOCOL_REFUSED, "the runner's image has another version of the protocol than the operator"),
}
_NOT_STARTED: Final = (reasons.START_ERROR, reasons.CONTAINER_CANNOT_RUN)


def pod_ending(pod: Object) -> Ending | None:
    """The end of a runner's pod that has ended or is about to end; None while it lives.

    A pod that is being deleted counts as ended, because a pod on a lost node never reports its end.
    """
    status = pod.get("status", {})
    disrupted = _disruption(status)
    if disrupted is not None:
        return disrupted
    terminated = _terminated(status)
    if terminated is not None and terminated.get("reason") == reasons.OOM_KILLED:
        return Ending("resources", reasons.OOM_KILLED, _oom_message(pod))
    if status.get("phase") == "Failed" and status.get("reason"):
        return _by_reason(str(status["reason"]), str(status.get("message", "")))
    if terminated is not None:
        return _by_exit_code(terminated)
    if status.get("phase") == "Unknown":
        return Ending("infrastructure", reasons.NODE_LOST, "the node of the runner's pod does not answer")
    if pod["metadata"].get("deletionTimestamp"):
        return GONE
    return _by_phase(status)


def job_ending(job: Object) -> Ending | None:
    """The end of a Job without a pod; None while a pod may still come."""
    status = job.get("status", {})
    conditions = {c["type"]: c for c in status.get("conditions", ()) if c.get("status") == "True"}
    if "Complete" in conditions or status.get("succeeded"):
        return Ending(None, "Finished", "")
    if job["metadata"].get("deletionTimestamp"):
        return Ending("infrastructure", reasons.JOB_DELETED, "the runner's Job is being deleted")
    # The Job counts its only pod as failed, and the pod is gone: somebody deleted it.
    if "Failed" in conditions or "FailureTarget" in conditions or status.get("failed"):
        return GONE
    return None


def _disruption(status: Object) -> Ending | None:
    for condition in status.get("conditions", ()):
        if condition["type"] == "DisruptionTarget" and condition.get("status") == "True":
            reason = str(condition.get("reason") or reasons.DISRUPTED)
            return Ending(
                "infrastructure", reason, _message("the runner's pod was taken away", condition.get("message"))
            )
    return None


def _terminated(status: Object) -> Object | None:
    for container in status.get("containerStatuses", ()):
        if container.get("name") == CONTAINER:
            terminated: Object | None = container.get("state", {}).get("terminated")
            return terminated
    return None


def _oom_message(pod: Object) -> str:
    limits = (
        container.get("resources", {}).get("limits", {}) for container in pod.get("spec", {}).get("containers", ())
    )
    limit = next((text for text in (of.get("memory") for of in limits) if text), "")
    return f"the kernel killed the runner because it used more than its memory limit{f', {limit}' if limit else ''}"


def _by_reason(reason: str, message: str) -> Ending:
    """The end for a reason of the kubelet or a controller. An eviction without disruption means too much disk used."""
    if reason == reasons.EVICTED:
        return Ending("resources", reasons.EVICTED, _message("the runner's pod was evicted", message))
    return Ending("infrastructure", reason, _message("the runner's pod was ended", message))


def _by_exit_code(terminated: Object) -> Ending:
    code, reason = int(terminated.get("exitCode", 0)), str(terminated.get("reason", ""))
    if reason == reasons.CONTAINER_STATUS_UNKNOWN:
        return Ending("infrastructure", reason, "the node has lost track of the runner's container")
    if reason in _NOT_STARTED:
        return Ending(
            "program", reason, _message("the runner's container cannot be started", terminated.get("message"))
        )
    if code == LEFT:
        return Ending(None, "Finished", "")
    if code in _LOSSES:
        reason, what = _LOSSES[code]
        return Ending("infrastructure", reason, _message(what, _undelivered(str(terminated.get("message", "")))))
    if code > 128:
        return Ending("infrastructure", reasons.KILLED, f"the runner was ended by {signal_name(code - 128)}")
    bug, what = _BUGS.get(code, (reasons.RUNNER_CRASHED, f"the runner ended with exit code {code}"))
    return Ending("program", bug, _message(what, terminated.get("message")))


def _undelivered(message: str) -> str:
    """The failures that a runner could not report to the broker, as text. Successes are in the store anyway."""
    try:
        entries = json.loads(message)["undelivered"]
        failed = [entry for entry in entries if entry["outcome"] == "failed"]
        return "; ".join(f"{entry['id']} failed: {entry['reason']}: {entry['message']}" for entry in failed)
    except (ValueError, KeyError, TypeError):
        # The kubelet cut the message, or replaced it by the end of the log. Nothing depends on it.
        return ""


def _by_phase(status: Object) -> Ending | None:
    match status.get("phase"):
        case "Succeeded":
            return Ending(None, "Finished", "")
        case "Failed":
            return Ending(
                "infrastructure", reasons.POD_FAILED, _message("the runner's pod failed", status.get("message"))
            )
        case _:
            return None


def _message(what: str, message: object) -> str:
    text = str(message or "").strip()
    return f"{what}: {text[-MAX_WORDS:]}" if text else what
