"""Command lines and files of the control plane, which are pure texts made from folders and names."""

import json
from pathlib import Path

import pytest

from cluster import addons, control_plane_flags
from cluster.kubeconfig import kubeconfig
from cluster.layout import CONTROL_PLANE, LOOPBACK
from cluster.pki import ADMINISTRATOR, SERVER, Authority

PAIR = (Path("/pki/server.crt"), Path("/pki/server.key"))
AUTHORITY = Authority(Path("/pki"))


@pytest.mark.parametrize(
    "flags",
    [
        pytest.param(control_plane_flags.etcd(Path("/data")), id="etcd"),
        pytest.param(control_plane_flags.controller_manager(AUTHORITY, PAIR, Path("/k")), id="controller-manager"),
        pytest.param(control_plane_flags.scheduler(PAIR, Path("/k")), id="scheduler"),
        pytest.param(control_plane_flags.proxy(Path("/k"), "node-1"), id="proxy"),
    ],
)
def test_internal_parts_listen_on_the_control_planes_own_loopback_address(flags: list[str]) -> None:
    listens = [flag for flag in flags if "listen" in flag or "bind-address" in flag]
    assert listens
    assert all(LOOPBACK in flag for flag in listens)


def test_the_api_server_is_not_on_the_machine_s_own_network() -> None:
    flags = control_plane_flags.api_server(AUTHORITY, PAIR, PAIR, Path("/audit"))
    assert f"--bind-address={CONTROL_PLANE}" in flags


def test_no_admission_plugin_is_switched_off() -> None:
    flags = control_plane_flags.api_server(AUTHORITY, PAIR, PAIR, Path("/audit"))
    assert not [flag for flag in flags if flag.startswith("--disable-admission")]


def test_the_server_s_certificate_names_the_service_that_pods_call() -> None:
    assert "DNS:kubernetes.default.svc," in SERVER.extensions
    assert "IP:10.96.0.1" in SERVER.extensions
    assert "serverAuth" in SERVER.extensions


def test_a_client_s_certificate_is_no_server_certificate() -> None:
    assert "serverAuth" not in ADMINISTRATOR.extensions
    assert ADMINISTRATOR.subject == "/O=system:masters/CN=administrator"


def test_a_kubeconfig_holds_all_it_needs() -> None:
    config = json.loads(kubeconfig("https://server", b"authority", b"certificate", b"key"))
    assert config["clusters"][0]["cluster"] == {
        "server": "https://server",
        "certificate-authority-data": "YXV0aG9yaXR5",
    }
    assert config["users"][0]["user"] == {"client-certificate-data": "Y2VydGlmaWNhdGU=", "client-key-data": "a2V5"}


def test_there_is_one_default_storage_class() -> None:
    items = json.loads(addons.manifests())["items"]
    classes = [item for item in items if item["kind"] == "StorageClass"]
    assert [item["metadata"]["annotations"] for item in classes] == [
        {"storageclass.kubernetes.io/is-default-class": "true"}
    ]


def test_the_name_server_is_reached_through_a_service_of_both_protocols() -> None:
    items = {item["kind"]: item for item in json.loads(addons.manifests())["items"]}
    ports = {port["name"]: port for port in items["EndpointSlice"]["ports"]}
    assert {port["name"]: port["protocol"] for port in items["Service"]["spec"]["ports"]} == {
        name: port["protocol"] for name, port in ports.items()
    }


def test_add_ons_have_no_administrator_rights() -> None:
    roles = [item for item in json.loads(addons.manifests())["items"] if item["kind"] == "ClusterRole"]
    resources = {name for role in roles for rule in role["rules"] for name in rule["resources"]}
    assert "secrets" not in resources
    assert "*" not in resources
