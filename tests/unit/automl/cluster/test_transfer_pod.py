"""The pod that mounts a claim for a copy: its rights, its image, and its removal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from automl.cluster.errors import ApiRefused, ClusterError
from automl.cluster.pod_life import transfer_pod
from automl.cluster.transfer_pod import BUSYBOX, READING_SECONDS, Transfer, choose_image, manifest
from automl_api.environment_names import POD_IMAGE
from automl_api.kinds import PODS
from fakes.user_cluster import RUNNING, FakeUserCluster
from fakes.wait_policy import FakeWaitPolicy

UPLOAD = Transfer("churn-upload-1", "churn-store", "image:1", "churn", read_only=False, size=5_000_000_000)
RULES: dict[str, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    "no host namespaces": lambda pod, _: not any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")),
    "volumes are claims": lambda pod, _: all(set(v) == {"name", "persistentVolumeClaim"} for v in pod["volumes"]),
    "no privileges": lambda _, own: not own.get("privileged") and own["allowPrivilegeEscalation"] is False,
    "no capabilities": lambda _, own: own["capabilities"] == {"drop": ["ALL"]},
    "no root": lambda pod, own: (
        pod["securityContext"]["runAsNonRoot"] is True
        and pod["securityContext"].get("runAsUser") != 0
        and "runAsUser" not in own
    ),
    "default seccomp": lambda pod, _: pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"},
}
"""Requirements of the restricted Pod Security Standard for a pod's and a container's security context."""


@pytest.mark.parametrize("user", [65532, None], ids=["own user", "user of the platform"])
@pytest.mark.parametrize("rule", RULES)
def test_restricted_pod_security_allows_it(rule: str, user: int | None) -> None:
    pod = manifest(Transfer("p", "c", "i", "e", read_only=True, user=user))["spec"]
    assert RULES[rule](pod, pod["containers"][0]["securityContext"])


def test_its_deadline_grows_with_the_number_of_bytes() -> None:
    small, large = Transfer("p", "c", "i", "e", read_only=False), UPLOAD
    for transfer in (small, large):
        spec = manifest(transfer)["spec"]
        assert spec["activeDeadlineSeconds"] == transfer.seconds
        assert (spec["restartPolicy"], spec["automountServiceAccountToken"]) == ("Never", False)
    assert large.seconds >= small.seconds + 5000 > 5000


def test_a_download_has_a_deadline_of_hours_because_its_size_is_unknown() -> None:
    spec = manifest(Transfer("p", "c", "i", "e", read_only=True))["spec"]
    assert spec["activeDeadlineSeconds"] == READING_SECONDS >= 4 * 3600
    assert spec["containers"][0]["command"] == ["sleep", str(READING_SECONDS)]


def test_the_image_is_pulled_with_the_given_secret() -> None:
    named, none = (Transfer("p", "c", "i", "e", read_only=True, pull_secret=secret) for secret in ("registry", None))
    assert manifest(named)["spec"]["imagePullSecrets"] == [{"name": "registry"}]
    assert "imagePullSecrets" not in manifest(none)["spec"]


def test_a_download_cannot_write() -> None:
    for read_only in (True, False):
        container = manifest(Transfer("p", "c", "i", "e", read_only=read_only))["spec"]["containers"][0]
        assert container["volumeMounts"][0]["readOnly"] is read_only


def an_experiment_with(images: dict[str, str]) -> dict[str, Any]:
    return {"status": {"images": images}}


@pytest.mark.parametrize(
    ("given", "variable", "experiments", "image"),
    [
        pytest.param("mine", "its", [an_experiment_with({"cpu": "ours"})], "mine", id="given"),
        pytest.param(None, "its", [an_experiment_with({"cpu": "ours"})], "its", id="variable"),
        pytest.param(None, "", [{}, an_experiment_with({"gpu": "big", "cpu": "ours"})], "ours", id="of a runner"),
        pytest.param(None, "", [an_experiment_with({"tpu": "t", "gpu": "g"})], "g", id="of another pool's runner"),
        pytest.param(None, "", [{}], BUSYBOX, id="nothing has run here"),
    ],
)
def test_the_image_is_one_that_the_cluster_already_has(
    given: str | None, variable: str, experiments: list[dict[str, Any]], image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POD_IMAGE, variable)
    assert choose_image(given, experiments) == image


def _waiting(reason: str, message: str = "words") -> dict[str, Any]:
    return {
        "phase": "Pending",
        "containerStatuses": [{"ready": False, "state": {"waiting": {"reason": reason, "message": message}}}],
    }


UNSCHEDULABLE = {
    "phase": "Pending",
    "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}],
}


@pytest.fixture
def cluster(tmp_path: Path) -> FakeUserCluster:
    return FakeUserCluster(tmp_path)


def test_the_message_says_what_is_waited_for(cluster: FakeUserCluster) -> None:
    time = FakeWaitPolicy()
    cluster.pod_statuses = [UNSCHEDULABLE, _waiting("ContainerCreating"), RUNNING]
    with transfer_pod(cluster, UPLOAD, time.wait) as pod:
        assert pod == "churn-upload-1"
    assert time.messages[0] == "waiting for pod churn-upload-1, 0:00 0/1 nodes"
    assert cluster.names(PODS) == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        pytest.param(
            _waiting("ImagePullBackOff"),
            "words) image image:1; choose another with --pod-image, or name the secret",
            id="image",
        ),
        pytest.param(
            _waiting("ErrImagePull", "no such image"), "ImagePullBackOff: no such image) image image:1", id="first pull"
        ),
        pytest.param(_waiting("ErrImageNeverPull", ""), "start (ErrImageNeverPull) image", id="no message"),
        pytest.param(_waiting("CreateContainerConfigError"), "CreateContainerConfigError: words", id="config"),
        pytest.param({"phase": "Failed", "reason": "Evicted", "message": "disk"}, "Evicted: disk", id="ended"),
        pytest.param(UNSCHEDULABLE, "Unschedulable: 0/1 nodes", id="never scheduled"),
        pytest.param({"phase": "Pending"}, "waited 300 s", id="no status"),
    ],
)
def test_a_pod_that_does_not_start_is_an_error_and_is_deleted(
    cluster: FakeUserCluster, status: dict[str, Any], words: str
) -> None:
    cluster.pod_statuses = [status]
    with (
        pytest.raises(ClusterError, match="claim churn-store does not start") as error,
        transfer_pod(cluster, UPLOAD, FakeWaitPolicy().wait),
    ):
        pass
    assert words in str(error.value)
    assert cluster.names(PODS) == []


@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError], ids=["ctrl-c", "error"])
def test_it_is_deleted_however_the_copy_ends(cluster: FakeUserCluster, ending: type[BaseException]) -> None:
    with pytest.raises(ending), transfer_pod(cluster, UPLOAD, FakeWaitPolicy().wait):
        raise ending
    assert cluster.names(PODS) == []


def test_no_user_id_is_requested_if_the_platform_assigns_user_ids(cluster: FakeUserCluster) -> None:
    cluster.refuse("create", ApiRefused("unable to validate against any security context constraint"))
    with transfer_pod(cluster, UPLOAD, FakeWaitPolicy().wait):
        assert "runAsUser" not in cluster.pods_made[0]["spec"]["securityContext"]


def test_another_refusal_is_an_error(cluster: FakeUserCluster) -> None:
    cluster.refuse("create", ApiRefused("exceeded quota"))
    with pytest.raises(ApiRefused, match="exceeded quota"), transfer_pod(cluster, UPLOAD, FakeWaitPolicy().wait):
        pass
