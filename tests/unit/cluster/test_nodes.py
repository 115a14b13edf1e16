"""Two nodes on one machine share no path, address or name that would disturb the other."""

import json
import tomllib
from pathlib import Path

import pytest

from cluster.layout import NodePlace
from cluster.node_files import containerd_config, kubelet_config, kubelet_flags, pod_network
from cluster.pki import node_identity

FIRST, SECOND = (NodePlace(number, Path("/state/nodes")) for number in (1, 2))
AUTHORITY, SERVING = Path("/pki/ca.crt"), (Path("/pki/node.crt"), Path("/pki/node.key"))


def paths_and_addresses(place: NodePlace) -> set[str]:
    """Every path below the node's folder, every address and every name in the node's files."""
    kubelet = kubelet_config(place, AUTHORITY, SERVING)
    words = json.dumps([kubelet, pod_network(place)]).split('"')
    words += [word for line in containerd_config(place).splitlines() for word in line.split('"')]
    words += [flag.partition("=")[2] for flag in kubelet_flags(place, place.folder / "kubeconfig")]
    return {word for word in words if place.name in word or word.startswith("10.24")}


def test_no_path_address_or_name_is_used_by_both() -> None:
    assert len(paths_and_addresses(FIRST)) > 12
    assert paths_and_addresses(FIRST) & paths_and_addresses(SECOND) == set()


def test_pods_use_a_bridge_and_a_subnet_of_their_node() -> None:
    assert FIRST.bridge != SECOND.bridge
    assert FIRST.pod_network == "10.244.1.0/24"
    assert SECOND.pod_network == "10.244.2.0/24"


def test_containerd_can_read_its_configuration() -> None:
    config = tomllib.loads(containerd_config(FIRST))
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["containerd"]["runtimes"]["runc"]["options"]["Root"] == "/state/nodes/node-1/runc"
    assert cri["restrict_oom_score_adj"]


@pytest.mark.parametrize(
    ("reserved_for", "taints"),
    [
        pytest.param("", [], id="for all pods"),
        pytest.param("test/place", [{"key": "test/place", "effect": "NoSchedule"}], id="for pods that tolerate it"),
    ],
)
def test_a_node_is_tainted_from_its_registration_on(reserved_for: str, taints: list[dict[str, str]]) -> None:
    assert kubelet_config(SECOND, AUTHORITY, SERVING, reserved_for=reserved_for)["registerWithTaints"] == taints


def test_a_kubelet_renews_its_lease_often_enough_for_the_controllers_grace_of_eight_seconds() -> None:
    config = kubelet_config(FIRST, AUTHORITY, SERVING)
    # A kubelet renews its lease after a quarter of the duration.
    assert config["nodeLeaseDurationSeconds"] == 8


def test_images_are_never_garbage_collected_because_they_cannot_be_pulled_again() -> None:
    assert kubelet_config(FIRST, AUTHORITY, SERVING)["imageGCHighThresholdPercent"] == 100


def test_a_kubelets_certificate_has_the_names_that_the_node_authorizer_expects() -> None:
    identity = node_identity(SECOND)
    assert identity.subject == "/O=system:nodes/CN=system:node:node-2"
    assert "subjectAltName=IP:10.245.0.12,DNS:node-2" in identity.extensions
