"""Remains of a cluster on a machine are reported."""

import dataclasses
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cluster.layout import ClusterFolders
from cluster.machine import MachineState, differences, from_json, lasting_differences, processes
from cluster.network import overlapping

BEFORE = MachineState(
    processes=[],
    mounts=["/", "/proc"],
    interfaces=["eth0", "lo"],
    routes=["default via 192.0.2.1 dev eth0"],
    rules=[],
    control_groups=[],
    folders=["/opt/cni"],
    settings={"net/ipv4/ip_forward": "0"},
)


def test_an_unchanged_machine_has_no_differences() -> None:
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
def test_a_difference_is_described_in_a_sentence(changed: dict[str, Any], sentence: str) -> None:
    assert differences(BEFORE, dataclasses.replace(BEFORE, **changed)) == [sentence]


def test_a_short_mount_of_another_program_is_not_reported() -> None:
    mounted = dataclasses.replace(BEFORE, mounts=["/", "/proc", "/tmp/test"])
    looks = iter([mounted, mounted, BEFORE])
    assert lasting_differences(BEFORE, lambda: next(looks)) == []
    assert lasting_differences(BEFORE, lambda: mounted, seconds=0.1) == ["mounts: /tmp/test is left"]


@pytest.mark.parametrize(
    ("program", "argument", "environment", "listed"),
    [
        pytest.param("tools/etcd", "--data-dir={state}/etcd", {}, True, id="a part of the control plane"),
        pytest.param("usr/containerd-shim", "{state}/containerd.sock", {}, True, id="a shim of its containerd"),
        pytest.param("usr/containerd-shim", "/run/containerd.sock", {}, False, id="a shim of the machine's containerd"),
        pytest.param("tools/kubectl", "", {"KUBECONFIG": "{state}/kubeconfig"}, True, id="a forgotten kubectl"),
        pytest.param("tools/helm", "template", {}, False, id="a helm that renders the chart beside the cluster"),
        pytest.param("usr/bash", "", {"KUBECONFIG": "{state}/kubeconfig"}, False, id="the user's shell"),
    ],
)
def test_a_process_belongs_to_the_cluster_if_it_works_with_the_cluster_s_state(
    program: str, argument: str, environment: dict[str, str], listed: bool, tmp_path: Path
) -> None:
    layout = ClusterFolders(state=tmp_path / "state", cache=tmp_path)
    path = tmp_path / program
    path.parent.mkdir()
    shutil.copy(shutil.which("sh") or "", path)
    words = [argument.format(state=layout.state)] if argument else []
    variables = {name: value.format(state=layout.state) for name, value in environment.items()}
    command = [str(path), "-c", "echo up; read line", *words]
    with subprocess.Popen(command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        assert started.stdout.readline() == b"up\n"
        assert [line.split()[0] for line in processes(layout)] == [str(started.pid)] * listed


def test_routes_in_the_cluster_s_networks_are_reported() -> None:
    routes = [
        {"dst": "default", "dev": "eth0"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "10.0.0.0/8", "dev": "vpn0"},
        {"dst": "10.244.3.0/24", "dev": "flannel.1"},
        {"dst": "10.244.1.0/24", "dev": "aml-pods1"},
        {"dst": "10.96.0.1", "dev": "x"},
    ]
    assert overlapping(routes) == ["10.0.0.0/8 over vpn0", "10.244.3.0/24 over flannel.1", "10.96.0.1 over x"]
