"""The programs of the cluster, and the key under which their build is cached.

Only `go/<folder>/go.mod` names versions. Each project has its own go.mod, so that their dependencies cannot conflict.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "go"


@dataclass(frozen=True)
class Project:
    """A Go module, and the programs to build from it with their packages."""

    folder: str
    module: str
    programs: tuple[tuple[str, str], ...]
    version_variables: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Path, Path]:
        """The files that determine the build: go.mod and go.sum."""
        return SOURCES / self.folder / "go.mod", SOURCES / self.folder / "go.sum"


def _project(folder: str, module: str, program: str, package: str) -> Project:
    return Project(folder, module, ((program, package),))


_KUBERNETES = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl")
KUBERNETES = Project(
    "kubernetes",
    "k8s.io/kubernetes",
    tuple((name, f"k8s.io/kubernetes/cmd/{name}") for name in _KUBERNETES),
    ("k8s.io/component-base/version.gitVersion", "k8s.io/client-go/pkg/version.gitVersion"),
)
ETCD = _project("etcd", "go.etcd.io/etcd/server/v3", "etcd", "go.etcd.io/etcd/server/v3")
COREDNS = _project("coredns", "github.com/coredns/coredns", "coredns", "cluster/coredns")
LOCAL_PATH = _project(
    "local-path-provisioner",
    "github.com/rancher/local-path-provisioner",
    "local-path-provisioner",
    "github.com/rancher/local-path-provisioner",
)
HELM = _project("helm", "helm.sh/helm/v4", "helm", "helm.sh/helm/v4/cmd/helm")
KUBECONFORM = _project(
    "kubeconform", "github.com/yannh/kubeconform", "kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"
)
HELM_UNITTEST = _project(
    "helm-unittest",
    "github.com/helm-unittest/helm-unittest",
    "untt",
    "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
)
CLUSTER_PROJECTS = (KUBERNETES, ETCD, COREDNS, LOCAL_PATH)
"""The projects whose programs run in the cluster."""
PROJECTS = (*CLUSTER_PROJECTS, HELM, KUBECONFORM, HELM_UNITTEST)
"""All projects."""


def project_of(program: str) -> Project:
    """The project that builds a program. Raises KeyError when none does."""
    return {name: project for project in PROJECTS for name, _ in project.programs}[program]


def required_version(go_mod: str, module: str) -> str:
    """The version of `module` that the text of a go.mod requires. Raises ValueError when it requires none."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod, flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"go.mod requires no {module}")
    return found[1]


def linker_flags(project: Project, version: str) -> str:
    """Linker flags that strip symbols and set the version."""
    return " ".join(["-s", "-w", *(f"-X {variable}={version}" for variable in project.version_variables)])


def program_of(package: str) -> str:
    """The name that `go build` gives a package's program: the last part of its path that is not a version."""
    last = [part for part in package.split("/") if not re.fullmatch(r"v\d+", part)]
    return last[-1]


def build_key(sources: list[bytes], toolchain: str, flags: str) -> str:
    """A key that changes with go.mod, go.sum, the Go toolchain and the flags."""
    digest = hashlib.sha256()
    for part in (*sources, toolchain.encode(), flags.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
