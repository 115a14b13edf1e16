"""A Job and its pod as a runner: pending with its problem, running, or ended."""

from typing import Any

import pytest

from automl_operator.kube.world.runners import runner_state
from builders.kube import CREATED_AT, a_job, a_pod, condition, latest_events, waiting

NOBODY_SAYS = latest_events()
UNSCHEDULABLE = [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient cpu.")]
QUOTA = 'Error creating: pods "churn-5d1f9-cpu-0-tknks" is forbidden: exceeded quota: small, requested: cpu=2, used: cpu=3, limited: cpu=4'
SECURITY = 'Error creating: pods "churn-5d1f9-cpu-0-wp9lm" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'
LIMITS = 'Error creating: pods "churn-" is forbidden: maximum memory usage per Container is 1Gi, but limit is 4Gi'
WEBHOOK = 'Error creating: admission webhook "policy.example.com" denied the request: no runners on Fridays'
BROKEN_WEBHOOK = 'Error creating: Internal error occurred: failed calling webhook "policy": connection refused'
ACCOUNT = (
    'Error creating: pods "churn-" is forbidden: error looking up service account lab/ml: serviceaccount "ml" not found'
)
PULL = 'Back-off pulling image "runner:2": ErrImagePull: failed to resolve reference "runner:2": not found'


def test_a_runner_has_the_names_of_its_job_and_the_uid_of_its_pod() -> None:
    runner = runner_state(a_job(), [a_pod()], NOBODY_SAYS)
    assert (runner.name, runner.uid, runner.pool, runner.phase) == ("churn-5d1f9-cpu-0", "pod-1", "cpu", "running")


def test_before_it_has_a_pod_it_is_pending_with_the_uid_of_its_job() -> None:
    runner = runner_state(a_job(), [], NOBODY_SAYS)
    assert (runner.uid, runner.phase, runner.problem) == ("job-1", "pending", "")
    assert runner.pending_since == CREATED_AT


@pytest.mark.parametrize(
    ("phases", "counts"),
    [
        pytest.param(("Running", "Running"), "pod-1", id="both live: the first, because a Job makes one"),
        pytest.param(("Failed", "Running"), "pod-2", id="the first has ended"),
        pytest.param(("Failed", "Failed"), "pod-2", id="both have ended"),
    ],
)
def test_one_of_two_pods_counts(phases: tuple[str, str], counts: str) -> None:
    first = a_pod(phases[0])
    later = a_pod(phases[1], uid="pod-2", metadata={"creationTimestamp": "2026-01-01T00:00:09Z"})
    assert runner_state(a_job(), [later, first], NOBODY_SAYS).uid == counts


@pytest.mark.parametrize(
    ("pod", "problem", "message"),
    [
        pytest.param(a_pod("Pending"), "", "", id="on its way"),
        pytest.param(
            a_pod("Pending", containerStatuses=waiting("ContainerCreating")),
            "",
            "",
            id="its container is being created",
        ),
        pytest.param(
            a_pod("Pending", conditions=UNSCHEDULABLE), "Unschedulable", "3 Insufficient cpu", id="no node fits"
        ),
        pytest.param(
            a_pod("Pending", containerStatuses=waiting("ImagePullBackOff", PULL)),
            "ImagePullBackOff",
            'failed to resolve reference "runner:2": not found',
            id="image",
        ),
        pytest.param(
            a_pod("Pending", containerStatuses=waiting("CreateContainerConfigError", "image has non-numeric user")),
            "CreateContainerConfigError",
            "non-numeric user",
            id="configuration",
        ),
        pytest.param(
            a_pod("Pending", containerStatuses=waiting("ErrImageNeverPull", "")),
            "ErrImageNeverPull",
            "ErrImageNeverPull",
            id="image that may not be pulled",
        ),
        pytest.param(
            a_pod("Pending", containerStatuses=waiting("PreCreateHookError", "hook failed")),
            "PreCreateHookError",
            "hook failed",
            id="a reason of the kubelet that we do not know",
        ),
        pytest.param(
            a_pod("Pending", conditions=[condition("PodScheduled", "False", "SchedulingGated", "non-empty gates")]),
            "SchedulingGated",
            "non-empty gates",
            id="a gate keeps it from the scheduler",
        ),
    ],
)
def test_the_problem_of_a_pending_pod(pod: dict[str, Any], problem: str, message: str) -> None:
    runner = runner_state(a_job(), [pod], NOBODY_SAYS)
    assert (runner.phase, runner.problem, runner.uid) == ("pending", problem, "pod-1")
    assert message in runner.message
    assert runner.pending_since == CREATED_AT


def test_the_two_reasons_of_a_failed_pull_are_one_problem() -> None:
    """They alternate every few seconds, and a condition that followed them would be written each time."""
    first = a_pod("Pending", containerStatuses=waiting("ErrImagePull", PULL.partition("ErrImagePull: ")[2]))
    then = a_pod("Pending", containerStatuses=waiting("ImagePullBackOff", PULL))
    assert runner_state(a_job(), [first], NOBODY_SAYS) == runner_state(a_job(), [then], NOBODY_SAYS)


def test_a_volume_that_cannot_be_mounted_is_a_problem() -> None:
    events = latest_events(
        pod_1=("FailedMount", 'MountVolume.SetUp failed for volume "secret-0": secret "bucket" not found')
    )
    runner = runner_state(a_job(), [a_pod("Pending")], events)
    assert runner.problem == "FailedMount"
    assert '"bucket" not found' in runner.message


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        pytest.param(ACCOUNT, "ServiceAccountMissing", id="service account"),
        pytest.param(BROKEN_WEBHOOK, "FailedCreate", id="a webhook that does not answer"),
    ],
)
def test_a_pod_that_cannot_be_created_now_is_waited_for(message: str, problem: str) -> None:
    runner = runner_state(a_job(), [], latest_events(job_1=("FailedCreate", message)))
    assert (runner.phase, runner.problem) == ("pending", problem)
    assert runner.message.endswith(message[-40:])
    assert runner.pending_since == CREATED_AT


def test_a_full_quota_is_waited_for_without_end() -> None:
    runner = runner_state(a_job(), [], latest_events(job_1=("FailedCreate", QUOTA)))
    assert (runner.phase, runner.problem, runner.pending_since) == ("pending", "QuotaExceeded", None)
    assert runner.message.startswith('pods "churn-5d1f9-cpu-0" is forbidden: exceeded quota: small')


def test_the_message_does_not_contain_the_changing_names_of_refused_pods() -> None:
    again = QUOTA.replace("tknks", "g9s4w")
    messages = [
        runner_state(a_job(), [], latest_events(job_1=("FailedCreate", text))).message for text in (QUOTA, again)
    ]
    assert messages[0] == messages[1]


@pytest.mark.parametrize("message", [SECURITY, LIMITS, WEBHOOK], ids=["Pod Security", "LimitRange", "webhook"])
def test_a_pod_that_is_refused_ends_its_runner(message: str) -> None:
    runner = runner_state(a_job(), [], latest_events(job_1=("FailedCreate", message)))
    assert runner.phase == "ended"
    assert runner.ending is not None
    assert (runner.ending.failure_class, runner.ending.reason) == ("program", "PodRefused")
    assert runner.ending.message.endswith(message[-40:])
    assert not runner.ending.message.startswith("Error creating")
    assert runner.pending_since is not None, "it is replaced some time later"


def test_the_problem_of_a_job_is_forgotten_once_it_has_a_pod() -> None:
    assert runner_state(a_job(), [a_pod()], latest_events(job_1=("FailedCreate", QUOTA))).problem == ""
