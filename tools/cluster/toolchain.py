"""Which programs the cluster is made of, and the key under which their build is cached.

Versions stand in `go/<folder>/go.mod` and nowhere else. One go.mod a project, so that their graphs never meet.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "go"


@dataclass(frozen=True)
class Project:
    """A Go module and the packages of it that are built, by the name of the program."""

    folder: str
    module: str
    programs: tuple[tuple[str, str], ...]
    version_variables: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[Path, Path]:
        """What decides the build: go.mod and go.sum."""
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
"""What runs."""
PROJECTS = (*CLUSTER_PROJECTS, HELM, KUBECONFORM, HELM_UNITTEST)
"""What is built."""


def project_of(program: str) -> Project:
    """The project that builds a program; KeyError when none does."""
    return {name: project for project in PROJECTS for name, _ in project.programs}[program]


def required_version(go_mod: str, module: str) -> str:
    """The version of `module` that the text of a go.mod requires; ValueError when it requires none."""
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod, flags=re.MULTILINE)
    if found is None:
        raise ValueError(f"go.mod requires no {module}")
    return found[1]


def linker_flags(project: Project, version: str) -> str:
    """Smaller programs, which know their version."""
    return " ".join(["-s", "-w", *(f"-X {variable}={version}" for variable in project.version_variables)])


def program_of(package: str) -> str:
    """What `go build` names the program of a package: the last element of its path that is no version."""
    last = [part for part in package.split("/") if not re.fullmatch(r"v\d+", part)]
    return last[-1]


def build_key(sources: list[bytes], toolchain: str, flags: str) -> str:
    """Differs when go.mod, go.sum, the Go toolchain or the flags do."""
    digest = hashlib.sha256()
    for part in (*sources, toolchain.encode(), flags.encode()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]
