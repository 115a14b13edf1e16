"""A runner's Job, and the rules of the "restricted" Pod Security Standard, one by one."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from automl_api.protocol import RunnerEnvironment
from automl_api.resources.experiment import SecretReference
from automl_api.schemes import S3_KEYS
from automl_operator.kube.manifests.runner_job import RunnerPlace, job_name, runner_job
from automl_operator.kube.manifests.volumes import ClaimMount, SecretMount
from automl_operator.kube.pool import Toleration
from automl_operator.kube.settings import RunnerSettings
from builders.kube import NAMESPACE, UID, a_cluster_experiment, gpu_pool_settings, pool_settings

RUNNER = "churn-5d1f9-cpu-0"
PLACE = RunnerPlace(
    pool_name="cpu",
    pool=pool_settings(),
    runner=RunnerSettings(image="runner:1"),
    image="runner:1",
    broker_url="https://broker:8443",
    broker_ca="-----BEGIN CERTIFICATE-----",
    claims=(ClaimMount("churn-store"), ClaimMount("rows", read_only=True)),
    secrets=(SecretMount("bucket", S3_KEYS.names),),
    together=True,
)
RESTRICTED_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"
}  # fmt: skip


def job(**changes: Any) -> dict[str, Any]:
    return runner_job(a_cluster_experiment(), RUNNER, replace(PLACE, **changes))


def pod(**changes: Any) -> dict[str, Any]:
    spec: dict[str, Any] = job(**changes)["spec"]["template"]["spec"]
    return spec


def container(**changes: Any) -> dict[str, Any]:
    (only,) = pod(**changes)["containers"]
    return dict(only)


def variables(**changes: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container(**changes)["env"]}


Rule = Callable[[dict[str, Any], dict[str, Any]], bool]
RESTRICTED: dict[str, Rule] = {
    "no host namespaces": lambda pod, _: not any(pod.get(x) for x in ("hostNetwork", "hostPID", "hostIPC")),
    "not privileged": lambda _, container: not container["securityContext"].get("privileged"),
    "no host ports": lambda _, container: not any(port.get("hostPort") for port in container.get("ports", ())),
    "no AppArmor override": lambda pod, _: "appArmorProfile" not in pod["securityContext"],
    "no SELinux override": lambda pod, _: "seLinuxOptions" not in pod["securityContext"],
    "proc is masked": lambda _, container: container["securityContext"].get("procMount", "Default") == "Default",
    "no sysctls": lambda pod, _: "sysctls" not in pod["securityContext"],
    "volumes of harmless kinds": lambda pod, _: all(set(v) - {"name"} <= RESTRICTED_VOLUMES for v in pod["volumes"]),
    "no escalation": lambda _, container: container["securityContext"]["allowPrivilegeEscalation"] is False,
    "not root": lambda pod, _: pod["securityContext"]["runAsNonRoot"] is True,
    "no user 0": lambda pod, _: pod["securityContext"].get("runAsUser") != 0,
    "seccomp": lambda pod, _: pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault",
    "all capabilities dropped": lambda _, container: container["securityContext"]["capabilities"] == {"drop": ["ALL"]},
    "no host in probes": lambda _, container: not {"livenessProbe", "readinessProbe", "lifecycle"} & set(container),
}


@pytest.mark.parametrize("rule", RESTRICTED)
@pytest.mark.parametrize("user", [None, 1000], ids=["the platform's user", "our user"])
def test_a_runner_is_restricted(rule: str, user: int | None) -> None:
    runner = RunnerSettings(image="runner:1", run_as_user=user)
    assert RESTRICTED[rule](pod(runner=runner), container(runner=runner))


def test_a_user_id_is_set_only_if_the_settings_name_one() -> None:
    assert "runAsUser" not in pod()["securityContext"]
    assert "fsGroup" not in pod()["securityContext"]
    own = pod(runner=RunnerSettings(image="x", run_as_user=1000))["securityContext"]
    assert (own["runAsUser"], own["fsGroup"]) == (1000, 1000)


def test_only_scratch_folders_are_writable() -> None:
    assert container()["securityContext"]["readOnlyRootFilesystem"] is True
    writable = {m["mountPath"] for m in container()["volumeMounts"] if not m.get("readOnly")}
    assert writable == {"/tmp", "/mnt/claims/churn-store"}
    assert variables()["HOME"] == "/tmp"


def test_it_runs_once_and_keeps_its_last_output_for_the_operator() -> None:
    spec = job()["spec"]
    assert (spec["backoffLimit"], spec["parallelism"], spec["completions"]) == (0, 1, 1)
    assert "ttlSecondsAfterFinished" not in spec
    assert "activeDeadlineSeconds" not in spec
    assert pod()["restartPolicy"] == "Never"
    assert container()["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_deadline_of_the_job_is_longer_than_any_budget() -> None:
    assert pod()["activeDeadlineSeconds"] == 2 * 3600 + 600 + 3600


def test_it_is_owned_and_labelled_by_the_experiment() -> None:
    metadata = job()["metadata"]
    (owner,) = metadata["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"], owner["controller"]) == ("AutoMLExperiment", "churn", UID, True)
    assert metadata["namespace"] == NAMESPACE
    expected = {
        "app.kubernetes.io/managed-by": "automl-operator",
        "app.kubernetes.io/name": "automl-runner",
        "automl-operator.dev/experiment": "churn",
        "automl-operator.dev/experiment-uid": UID,
        "automl-operator.dev/pool": "cpu",
    }
    assert metadata["labels"] == job()["spec"]["template"]["metadata"]["labels"] == expected


def test_names_and_labels_are_valid_at_their_longest() -> None:
    name, pool_name = "e" * 40, "p" * 40
    body = runner_job(a_cluster_experiment(name), f"{name}-5d1f9-{pool_name}-9999", replace(PLACE, pool_name=pool_name))
    assert len(body["metadata"]["name"]) <= 63
    assert all(len(value) <= 63 for value in body["metadata"]["labels"].values())


@pytest.mark.parametrize("runner", ["a" * 64, "a" * 53 + "-" + "b" * 20, "a" * 500])
def test_a_name_that_is_too_long_is_cut_and_stays_unique(runner: str) -> None:
    assert len(job_name(runner)) <= 63
    assert "--" not in job_name(runner)
    assert job_name(runner) != job_name(runner + "x")


def test_a_name_that_fits_is_kept() -> None:
    assert job_name("a" * 63) == "a" * 63


def test_the_environment_is_the_one_that_the_runner_reads() -> None:
    environment = RunnerEnvironment.read(variables())
    assert environment.broker_url == "https://broker:8443"
    assert environment.token_file == "/var/run/automl/token"
    assert environment.broker_ca == "/var/run/automl/broker-ca.crt"
    assert (environment.slots, environment.memory_bytes) == (2, 4 * 2**30)
    assert environment.claims_directory == "/mnt/claims"
    assert environment.secrets_directory == "/mnt/secrets"
    assert environment.cache_directory == "/tmp/automl"
    assert environment.broker_timeout_seconds == 600
    assert environment.termination_log == "/dev/termination-log"
    assert not environment.parent_pipe


def test_a_pool_may_ask_for_one_assignment_for_each_runner() -> None:
    assert RunnerEnvironment.read(variables(pool=pool_settings(max_assignments_per_runner=1))).max_assignments == 1


def test_a_runner_gets_the_name_of_its_accelerator_so_that_it_can_announce_it() -> None:
    assert RunnerEnvironment.read(variables(pool=gpu_pool_settings())).accelerator == "nvidia.com/gpu"
    assert not RunnerEnvironment.read(variables()).accelerator


def test_the_token_is_valid_for_the_broker_only() -> None:
    assert pod()["automountServiceAccountToken"] is False
    (token, ca) = pod()["volumes"][0]["projected"]["sources"]
    assert token["serviceAccountToken"] == {
        "audience": "runner.automl-operator.dev",
        "expirationSeconds": 3600,
        "path": "token",
    }
    (item,) = ca["downwardAPI"]["items"]
    assert item["fieldRef"]["fieldPath"] == "metadata.annotations['automl-operator.dev/broker-ca']"
    annotations = job()["spec"]["template"]["metadata"]["annotations"]
    assert annotations["automl-operator.dev/broker-ca"] == "-----BEGIN CERTIFICATE-----"


def test_without_a_ca_of_its_own_the_broker_is_checked_with_the_public_cas() -> None:
    assert "AUTOML_BROKER_CA" not in variables(broker_ca="")
    assert len(pod(broker_ca="")["volumes"][0]["projected"]["sources"]) == 1


def test_claims_and_secrets_are_mounted_under_their_names() -> None:
    mounts = {m["mountPath"]: m.get("readOnly", False) for m in container()["volumeMounts"]}
    assert mounts["/mnt/claims/churn-store"] is False
    assert mounts["/mnt/claims/rows"] is True
    assert mounts["/mnt/secrets/bucket"] is True
    secret = next(volume["secret"] for volume in pod()["volumes"] if "secret" in volume)
    assert [item["path"] for item in secret["items"]] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


def test_a_secret_is_named_and_never_read() -> None:
    assert "valueFrom" not in json.dumps(job())
    assert "envFrom" not in json.dumps(job())


def test_pods_that_share_a_read_write_once_volume_are_kept_on_one_node() -> None:
    (term,) = pod()["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchLabels"] == {"automl-operator.dev/experiment": "churn"}
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert "affinity" not in pod(together=False)


def test_the_pool_decides_its_nodes_and_resources() -> None:
    taint = Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")
    pool = gpu_pool_settings(node_selector={"gpu": "a100"}, tolerations=(taint,), pod_annotations={"mesh": "off"})
    body = job(pool=pool, pool_name="gpu")
    spec = body["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"gpu": "a100"}
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert spec["tolerations"][0] == {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
    assert body["spec"]["template"]["metadata"]["annotations"]["mesh"] == "off"


def test_a_lost_node_is_given_up_after_a_minute() -> None:
    lost = {toleration["key"]: toleration["tolerationSeconds"] for toleration in pod()["tolerations"]}
    assert lost == {"node.kubernetes.io/not-ready": 60, "node.kubernetes.io/unreachable": 60}


def test_it_has_the_experiments_service_account_and_the_platforms_pull_secrets() -> None:
    experiment = a_cluster_experiment(service_account_name="ml")
    runner = RunnerSettings(
        image="x", image_pull_policy="Never", image_pull_secrets=(SecretReference(name="registry"),)
    )
    spec = runner_job(experiment, RUNNER, replace(PLACE, runner=runner))["spec"]["template"]["spec"]
    assert spec["serviceAccountName"] == "ml"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["containers"][0]["imagePullPolicy"] == "Never"
