"""What a cluster leaves on a machine is named."""

import dataclasses
from typing import Any

import pytest

from cluster.machine import Machine, differences, from_json
from cluster.network import overlapping

BEFORE = Machine(
    processes=[],
    mounts=["/", "/proc"],
    interfaces=["eth0", "lo"],
    routes=["default via 192.0.2.1 dev eth0"],
    rules=[],
    control_groups=[],
    folders=["/opt/cni"],
    settings={"net/ipv4/ip_forward": "0"},
)


def test_a_machine_as_it_was_has_no_differences() -> None:
    assert differences(BEFORE, from_json(BEFORE.to_json())) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param({"processes": ["7 etcd"]}, "processes: 7 etcd is left", id="a process"),
        pytest.param({"mounts": ["/", "/proc", "/state/x"]}, "mounts: /state/x is left", id="a mount"),
        pytest.param({"interfaces": ["lo"]}, "interfaces: eth0 is gone", id="an interface of the machine"),
        pytest.param({"rules": ["iptables nat :KUBE-X"]}, "rules: iptables nat :KUBE-X is left", id="a chain"),
        pytest.param({"folders": []}, "folders: /opt/cni is gone", id="a folder of the machine"),
        pytest.param(
            {"settings": {"net/ipv4/ip_forward": "1"}},
            "settings: net/ipv4/ip_forward was 0, is 1",
            id="a setting of the kernel",
        ),
    ],
)
def test_a_difference_is_a_sentence(changed: dict[str, Any], sentence: str) -> None:
    assert differences(BEFORE, dataclasses.replace(BEFORE, **changed)) == [sentence]


def test_routes_in_the_cluster_s_networks_are_noticed() -> None:
    routes = [
        {"dst": "default", "dev": "eth0"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "10.0.0.0/8", "dev": "vpn0"},
        {"dst": "10.244.3.0/24", "dev": "flannel.1"},
        {"dst": "10.244.1.0/24", "dev": "aml-pods1"},
        {"dst": "10.96.0.1", "dev": "x"},
    ]
    assert overlapping(routes) == ["10.0.0.0/8 over vpn0", "10.244.3.0/24 over flannel.1", "10.96.0.1 over x"]
