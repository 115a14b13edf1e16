"""The chart in every mode: Helm and Kubernetes accept it, and the operator reads its settings from it."""

import subprocess
from datetime import timedelta
from pathlib import Path
from ssl import SSLCertVerificationError, cert_time_to_seconds
from typing import Any

import pytest

from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.settings_file import load_settings
from builders.chart import CHART
from builders.chart_modes import MODES
from builders.helm import NAMESPACE, HelmRefused, Manifest, Tools, of_kind
from builders.tls import handshake

CLUSTER_WIDE = ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace", "PriorityClass")
A_TPU_POOL = {"resources": {"limits": {"memory": "4Gi", "google.com/tpu": "4"}}}
A_POOL = {"resources": {"limits": {"memory": "4Gi"}}}
EVERY_MODE = pytest.mark.parametrize("mode", MODES)


def rendered_settings(tools: Tools, values: dict[str, Any]) -> OperatorSettings:
    (config,) = of_kind(tools.render(values), "ConfigMap")
    return load_settings(config["data"]["config.yaml"], "config.yaml")


def checksum(manifests: list[Manifest]) -> str:
    (deployment,) = of_kind(manifests, "Deployment")
    return str(deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"])


@EVERY_MODE
def test_lint_finds_no_problem(tools: Tools, mode: str) -> None:
    tools.run_helm("lint", "--strict", str(CHART), "--namespace", NAMESPACE, values=MODES[mode])


@EVERY_MODE
def test_every_manifest_matches_the_schemas_of_kubernetes(tools: Tools, schemas: Path, mode: str) -> None:
    assert tools.problems(tools.text(MODES[mode]), schemas) == ""


def test_a_manifest_with_an_unknown_field_is_reported(tools: Tools, schemas: Path) -> None:
    text = tools.text({}).replace("automountServiceAccountToken: false", "automountServiceAccountTokens: false")
    assert "automountServiceAccountTokens" in tools.problems(text, schemas)


@EVERY_MODE
def test_the_operator_reads_its_settings(tools: Tools, mode: str) -> None:
    read = rendered_settings(tools, MODES[mode])
    assert read.broker.url == f"https://automl-operator-broker.{NAMESPACE}.svc:8443"
    assert list(read.namespaces) == MODES[mode].get("namespaces", [])


def test_values_reach_the_settings(tools: Tools) -> None:
    given = MODES["everything"]
    read = rendered_settings(tools, given)
    assert read.runner.image == f"localhost/automl-runner@sha256:{'a' * 64}"
    assert read.runner.image_pull_policy == "Always"
    assert read.runner.run_as_user == given["runner"]["runAsUser"]
    assert [secret.name for secret in read.runner.image_pull_secrets] == ["registry"]
    assert read.leader_election.enabled
    assert read.leader_election.namespace == NAMESPACE
    assert (read.api.qps, read.api.burst) == (12.5, 2_000_000)
    assert (read.log.level, read.log.format) == ("debug", "text")
    assert read.claim.to_dict() == {"storageClassName": "fast", "size": "5000000000"}
    pool = read.pools["cpu"].to_dict()
    expected = given["pools"]["cpu"]
    assert {name: pool[name] for name in expected if name != "resources"} == {
        name: value for name, value in expected.items() if name != "resources"
    }
    assert pool["resources"] == {"requests": {"cpu": "4", "memory": "2Gi"}, "limits": {"memory": "2Gi"}}


def test_the_platforms_store_reaches_the_settings(tools: Tools) -> None:
    assert rendered_settings(tools, MODES["s3"]).store.to_dict() == MODES["s3"]["store"]


def test_pools_are_added_to_the_default_one_and_can_replace_it(tools: Tools) -> None:
    assert rendered_settings(tools, MODES["accelerators"]).pools.keys() == {"cpu", "gpu", "tpu"}
    assert rendered_settings(tools, MODES["only-accelerators"]).pools.keys() == {"gpu", "tpu"}


@pytest.mark.parametrize("mode", ["named-namespaces", "nothing-of-the-clusters"])
def test_an_install_without_rights_on_the_cluster_has_no_cluster_wide_objects(tools: Tools, mode: str) -> None:
    kinds = {manifest["kind"] for manifest in tools.render(MODES[mode])}
    assert kinds.isdisjoint(CLUSTER_WIDE)


def test_a_changed_setting_starts_a_new_pod_and_a_changed_label_does_not(tools: Tools) -> None:
    first = checksum(tools.render({}))
    assert checksum(tools.render({"podLabels": {"team": "platform"}})) == first
    assert checksum(tools.render({"log": {"level": "debug"}})) != first


@pytest.mark.parametrize(
    "host",
    [
        "automl-operator-broker",
        f"automl-operator-broker.{NAMESPACE}",
        f"automl-operator-broker.{NAMESPACE}.svc",
        f"automl-operator-broker.{NAMESPACE}.svc.cluster.local",
    ],
)
def test_the_certificate_is_valid_for_every_name_of_the_service(tools: Tools, tmp_path: Path, host: str) -> None:
    (secret,) = of_kind(tools.render({}), "Secret")
    seen = handshake(secret, host, tmp_path)
    life = cert_time_to_seconds(seen["notAfter"]) - cert_time_to_seconds(seen["notBefore"])
    assert timedelta(seconds=life) >= timedelta(days=3650)


def test_the_certificate_is_invalid_for_another_service(tools: Tools, tmp_path: Path) -> None:
    (secret,) = of_kind(tools.render({}), "Secret")
    with pytest.raises(SSLCertVerificationError):
        handshake(secret, "another-service", tmp_path)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"polls": {}}, "polls"),
        ({"store": {"url": "s3://bucket"}}, "url"),
        ({"store": {"uri": "file:/data"}}, "/store/uri"),
        ({"store": {"secretRef": {"name": "a", "key": "b"}}}, "/store/secretRef"),
        ({"pools": {"gpu": {"maxRunner": 1}}}, "maxRunner"),
        ({"pools": {"gpu": {"maxRunners": 0}}}, "/pools/gpu/maxRunners"),
        ({"pools": {"GPU": A_POOL}}, "GPU"),
        ({"pools": {"a-name-too-long": A_POOL}}, "a-name-too-long"),
        ({"pools": {"cpu": {"resources": {"limits": {"memory": "4 GB"}}}}}, "/pools/cpu/resources/limits/memory"),
        ({"pools": {"cpu": {"idleTimeout": "soon"}}}, "/pools/cpu/idleTimeout"),
        ({"pools": {"cpu": None}}, "/pools"),
        ({"pools": {"gpu": {}}}, "resources"),
        ({"pools": {"gpu": {"resources": {"limits": {"nvidia.com/gpu": "1"}}}}}, "/pools/gpu/resources"),
        ({"store": {"uri": "s3://bucket", "secretRef": {}}}, "/store/secretRef"),
        ({"store": {"secretRef": {"name": "bucket"}}}, "store.uri"),
        ({"imagePullSecrets": [{}]}, "/imagePullSecrets/0"),
        ({"log": {"level": "loud"}}, "/log/level"),
        ({"replicas": "two"}, "/replicas"),
        ({"namespaces": "team-a"}, "/namespaces"),
        ({"image": {"tags": "1"}}, "tags"),
        ({"tls": {"secret": "mine"}}, "secret"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(tools: Tools, values: dict[str, Any], named: str) -> None:
    with pytest.raises(HelmRefused) as refused:
        tools.text(values)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    ("values", "present", "absent"),
    [
        pytest.param({}, "The images are named localhost/", "pools: [{name:", id="with the defaults"),
        pytest.param(
            {"image": {"repository": "r.example/a"}, "runner": {"image": {"repository": "r.example/b"}}},
            "Run the first experiment",
            "localhost/",
            id="with images that nodes can pull",
        ),
        pytest.param(
            {"pools": {"cpu": None, "tpu": A_TPU_POOL}}, "pools: [{name: tpu}]", "cpu", id="with accelerators only"
        ),
    ],
)
def test_the_notes_describe_what_works_with_these_values(
    tools: Tools, values: dict[str, Any], present: str, absent: str
) -> None:
    notes = tools.notes(values)
    assert present in notes
    assert absent not in notes


def test_the_unit_tests_of_the_templates_pass(tools: Tools) -> None:
    done = subprocess.run([tools.unittest, CHART], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tests:" in done.stdout
