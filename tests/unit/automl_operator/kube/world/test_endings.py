"""The ending of a runner's pod, as one of the failure classes."""

from typing import Any

import pytest

from automl_operator.kube.world.endings import job_ending, pod_ending
from builders.kube import a_job, a_pod, condition, terminated

OOM = terminated(137, "OOMKilled")
DISRUPTED = [condition("DisruptionTarget", reason="PreemptionByScheduler", message="preempted by a pod of default")]


@pytest.mark.parametrize(
    ("pod", "failure_class", "reason"),
    [
        pytest.param(a_pod("Succeeded", containerStatuses=terminated(0, "Completed")), None, "Finished", id="left"),
        pytest.param(a_pod("Failed", containerStatuses=OOM), "resources", "OOMKilled", id="out of memory"),
        pytest.param(a_pod("Running", containerStatuses=OOM), "resources", "OOMKilled", id="seen before the phase"),
        pytest.param(
            a_pod("Failed", conditions=DISRUPTED, containerStatuses=terminated(143)),
            "infrastructure",
            "PreemptionByScheduler",
            id="preempted",
        ),
        pytest.param(
            a_pod("Running", conditions=DISRUPTED),
            "infrastructure",
            "PreemptionByScheduler",
            id="about to be preempted",
        ),
        pytest.param(
            a_pod("Failed", reason="Evicted", conditions=DISRUPTED),
            "infrastructure",
            "PreemptionByScheduler",
            id="evicted in favour of another pod",
        ),
        pytest.param(
            a_pod("Failed", reason="Evicted", message="Pod ephemeral local storage usage exceeds"),
            "resources",
            "Evicted",
            id="evicted for its own use of disk",
        ),
        pytest.param(
            a_pod("Failed", reason="DeadlineExceeded"), "infrastructure", "DeadlineExceeded", id="the backstop"
        ),
        pytest.param(a_pod("Failed", reason="NodeLost"), "infrastructure", "NodeLost", id="node lost"),
        pytest.param(a_pod("Unknown"), "infrastructure", "NodeLost", id="node silent"),
        pytest.param(
            a_pod("Failed", reason="UnexpectedAdmissionError"),
            "infrastructure",
            "UnexpectedAdmissionError",
            id="device",
        ),
        pytest.param(
            a_pod("Running", metadata={"deletionTimestamp": "2026-01-01T00:01:00Z"}),
            "infrastructure",
            "PodDeleted",
            id="being deleted",
        ),
        pytest.param(a_pod("Failed", containerStatuses=terminated(3)), "infrastructure", "BrokerLost", id="no broker"),
        pytest.param(a_pod("Failed", containerStatuses=terminated(143)), "infrastructure", "Terminated", id="SIGTERM"),
        pytest.param(a_pod("Failed", containerStatuses=terminated(137)), "infrastructure", "Killed", id="SIGKILL"),
        pytest.param(a_pod("Failed", containerStatuses=terminated(200)), "infrastructure", "Killed", id="signal 72"),
        pytest.param(
            a_pod("Failed", containerStatuses=terminated(137, "ContainerStatusUnknown")),
            "infrastructure",
            "ContainerStatusUnknown",
            id="the node forgot",
        ),
        pytest.param(
            a_pod("Failed", containerStatuses=terminated(128, "StartError", "exec: no such file")),
            "program",
            "StartError",
            id="cannot be started",
        ),
        pytest.param(a_pod("Failed", containerStatuses=terminated(1)), "program", "RunnerCrashed", id="a bug"),
        pytest.param(a_pod("Failed", containerStatuses=terminated(2)), "program", "WrongEnvironment", id="environment"),
        pytest.param(a_pod("Failed", containerStatuses=terminated(5)), "program", "ProtocolRefused", id="protocol"),
        pytest.param(a_pod("Failed"), "infrastructure", "PodFailed", id="failed without a word"),
    ],
)
def test_a_pod_ends_by(pod: dict[str, Any], failure_class: str | None, reason: str) -> None:
    ending = pod_ending(pod)
    assert ending is not None
    assert (ending.failure_class, ending.reason) == (failure_class, reason)


@pytest.mark.parametrize("pod", [a_pod("Running"), a_pod("Pending"), a_pod("")], ids=["running", "pending", "new"])
def test_a_living_pod_has_no_ending(pod: dict[str, Any]) -> None:
    assert pod_ending(pod) is None


def test_a_crash_is_reported_with_the_last_output() -> None:
    ending = pod_ending(
        a_pod("Failed", containerStatuses=terminated(1, message="x" * 5000 + "ValueError: no such column"))
    )
    assert ending is not None
    assert ending.message.endswith("ValueError: no such column")
    assert len(ending.message) < 2100


@pytest.mark.parametrize(
    ("message", "reported"),
    [
        pytest.param(
            '{"undelivered":[{"id":"a1","attempt":1,"outcome":"failed","folds":[],"class":"program",'
            '"reason":"ValueError","message":"no such column"},{"id":"a2","attempt":1,"outcome":"succeeded"}]}',
            ": a1 failed: ValueError: no such column",
            id="a failure",
        ),
        pytest.param('{"undelivered":[],"leftOut":0}', "", id="nothing"),
        pytest.param('{"undelivered":[{"id":"a1"', "", id="cut by the kubelet"),
        pytest.param("[1, 2]", "", id="the log's last line"),
        pytest.param('{"undelivered":[{"outcome":"failed"}]}', "", id="of another version"),
    ],
)
def test_a_runner_without_a_broker_reports_its_undelivered_failure(message: str, reported: str) -> None:
    ending = pod_ending(a_pod("Failed", containerStatuses=terminated(3, message=message)))
    assert ending is not None
    assert ending.message == f"the runner could not reach the broker{reported}"


def test_an_out_of_memory_kill_names_the_limit() -> None:
    ending = pod_ending(a_pod("Failed", containerStatuses=OOM))
    assert ending is not None
    assert "4Gi" in ending.message


def test_containers_of_a_service_mesh_do_not_decide_the_ending() -> None:
    sidecar = [{"name": "istio-proxy", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]
    assert pod_ending(a_pod("Running", containerStatuses=sidecar)) is None


@pytest.mark.parametrize(
    ("job", "failure_class", "reason"),
    [
        pytest.param(a_job(conditions=[condition("Complete")]), None, "Finished", id="complete"),
        pytest.param(a_job(succeeded=1), None, "Finished", id="about to be complete"),
        pytest.param(
            a_job(conditions=[condition("Failed")]), "infrastructure", "PodDeleted", id="failed, its pod gone"
        ),
        pytest.param(a_job(failed=1), "infrastructure", "PodDeleted", id="its pod gone"),
    ],
)
def test_a_job_without_a_pod_ends_by(job: dict[str, Any], failure_class: str | None, reason: str) -> None:
    ending = job_ending(job)
    assert ending is not None
    assert (ending.failure_class, ending.reason) == (failure_class, reason)


def test_a_job_that_waits_for_its_pod_has_no_ending() -> None:
    assert job_ending(a_job()) is None
    assert job_ending(a_job(conditions=[condition("Failed", status="False")])) is None
