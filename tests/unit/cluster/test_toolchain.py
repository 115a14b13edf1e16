"""The programs that are built, and the changes after which they are built again."""

from typing import Any

import pytest

from cluster.toolchain import (
    KUBERNETES,
    PROJECTS,
    build_key,
    linker_flags,
    program_of,
    project_of,
    required_version,
)


def key(**changed: Any) -> str:
    """The key of a build after the given changes."""
    given: dict[str, Any] = {"sources": [b"module a", b"sums"], "toolchain": "go1.26", "flags": "-s"} | changed
    return build_key(**given)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"sources": [b"module b", b"sums"]}, id="go.mod"),
        pytest.param({"sources": [b"module a", b"others"]}, id="go.sum"),
        pytest.param({"sources": [b"module as", b"ums"]}, id="a byte moved from one file to the other"),
        pytest.param({"toolchain": "go1.27"}, id="the toolchain"),
        pytest.param({"flags": "-w"}, id="the flags"),
    ],
)
def test_a_change_makes_a_new_build(changed: dict[str, object]) -> None:
    assert key(**changed) != key()


def test_an_unchanged_build_is_reused() -> None:
    assert key() == key()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.folder)
def test_every_project_pins_its_module_and_names_its_programs_as_tools(project) -> None:
    go_mod, go_sum = (path.read_text(encoding="utf-8") for path in project.sources)
    assert required_version(go_mod, project.module) in go_sum
    assert project.programs
    assert [package for _, package in project.programs if package not in go_mod] == []


def test_kubernetes_is_a_version_whose_kubelet_takes_cgroup_v1() -> None:
    version = required_version(KUBERNETES.sources[0].read_text(encoding="utf-8"), KUBERNETES.module)
    assert version.startswith("v1.34.")


def test_all_parts_of_kubernetes_have_one_version() -> None:
    go_mod = KUBERNETES.sources[0].read_text(encoding="utf-8")
    staging = required_version(go_mod, KUBERNETES.module).replace("v1.", "v0.")
    replaced = [line.split() for line in go_mod.splitlines() if "=>" in line]
    assert {words[-1] for words in replaced} == {staging}


@pytest.mark.parametrize(
    ("go_mod", "version"),
    [
        pytest.param("require a.b/c v1.2.3\n", "v1.2.3", id="one-line"),
        pytest.param("require (\n\ta.b/c v1.2.3 // indirect\n)\n", "v1.2.3", id="in a block"),
        pytest.param("replace a.b/c => a.b/c v9.0.0\nrequire a.b/c v1.2.3\n", "v1.2.3", id="beside a replace"),
    ],
)
def test_the_required_version_is_read_from_go_mod(go_mod: str, version: str) -> None:
    assert required_version(go_mod, "a.b/c") == version


def test_a_module_that_is_not_required_has_no_version() -> None:
    with pytest.raises(ValueError, match="requires no x"):
        required_version("module y\n", "x")


def test_kubernetes_knows_its_version() -> None:
    assert linker_flags(KUBERNETES, "v1.2.3").endswith("-X k8s.io/client-go/pkg/version.gitVersion=v1.2.3")


def test_a_program_is_named_after_its_package_without_the_major_version() -> None:
    assert program_of("go.etcd.io/etcd/server/v3") == "server"
    assert program_of("helm.sh/helm/v4/cmd/helm") == "helm"


def test_an_unknown_program_is_an_error() -> None:
    assert project_of("kubectl") is KUBERNETES
    with pytest.raises(KeyError):
        project_of("kubeadm")
