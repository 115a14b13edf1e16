"""The chart on this machine's real cluster, as the benchmarks use it: installed for one namespace, asked, and removed."""

import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from automl_api.kinds import EXPERIMENTS  # noqa: E402 - after the path of tools and builders is known
from automl_operator.kube.api.access import Access  # noqa: E402 - after the path of tools and builders is known
from automl_operator.kube.api.api import Object  # noqa: E402 - after the path of tools and builders is known
from automl_operator.kube.api.client import KubernetesApi  # noqa: E402 - after the path of tools and builders is known
from automl_operator.kube.api.token_bucket import TokenBucket  # noqa: E402 - after the path of tools and builders is known
from builders.installation import RESTRICTED, Installation  # noqa: E402 - after the path of tools and builders is known
from cluster import Cluster  # noqa: E402 - after the path of tools and builders is known
from images.build import build  # noqa: E402 - after the path of tools and builders is known

NAME = "bench"
"""Of the release, and what its two namespaces begin with."""
IDLE_IMAGE = "localhost/cluster-pause:1"
"""A container that does nothing at all: where a runner's pod is needed, and no runner."""
SLEEPER_IMAGE = "localhost/automl-runner-bench:1"
ANY_USER = 65532
T = TypeVar("T")


class Bench:
    """An installed release, and the namespace that it serves."""

    def __init__(self, cluster: Cluster, installation: Installation, namespace: str) -> None:
        self.cluster = cluster
        self.installation = installation
        self.namespace = namespace

    async def api(self) -> KubernetesApi:
        """The API server as the administrator; to be closed."""
        access = Access(kubeconfig=str(self.cluster.kubeconfig))
        return await KubernetesApi.connect(access, bucket=TokenBucket(qps=500.0, burst=1000))

    def experiments(self) -> dict[str, Any]:
        """The experiments as they are stored, by name."""
        items = self.cluster.get(f"{EXPERIMENTS.plural}.{EXPERIMENTS.group}", namespace=self.namespace)["items"]
        return {item["metadata"]["name"]: item for item in items}

    def pods(self) -> list[dict[str, Any]]:
        """The runners' pods."""
        items: list[dict[str, Any]] = self.cluster.get("pods", namespace=self.namespace)["items"]
        return items

    def broker(self) -> tuple[str, str]:
        """The broker's name inside the cluster, and its Service's address, which this machine reaches, too."""
        space = self.installation.namespace
        services = self.cluster.get("services", namespace=space)["items"]
        service = next(item for item in services if item["metadata"]["name"].endswith("-broker"))
        return f"{service['metadata']['name']}.{space}.svc", service["spec"]["clusterIP"]

    def broker_ca(self) -> str:
        """Whom the broker's certificate is signed by, in PEM."""
        name = self.broker()[0].split(".", 1)[0]
        secret = self.cluster.get("secret", f"{name}-tls", namespace=self.installation.namespace)
        return b64decode(secret["data"]["ca.crt"]).decode("ascii")

    def operator(self) -> psutil.Process:
        """The operator's process, which this machine runs; its search worker is a child of it."""
        (pod,) = self.installation.operators()
        inside = (process for process in psutil.process_iter() if _is_inside(process, pod["metadata"]["uid"]))
        return min((process for process in inside if "automl-operator" in " ".join(process.cmdline()[:2])), key=_age)


def _is_inside(process: psutil.Process, pod: str) -> bool:
    """The kubelet names a control group after the pod; systemd would have written it with underscores."""
    try:
        groups = Path("/proc", str(process.pid), "cgroup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return pod in groups.replace("_", "-")


def _age(process: psutil.Process) -> float:
    return process.create_time()


@contextmanager
def installed(pools: Mapping[str, Object], **values: Any) -> Iterator[Bench]:
    """The images built, the cluster up, and the chart installed with these pools; afterwards all is removed."""
    archives = build(benchmarks=True)
    with Cluster() as cluster:
        cluster.import_images(archives)
        namespace = f"{NAME}-work"
        definitions = cluster.get("customresourcedefinitions")["items"]
        missing = all(EXPERIMENTS.plural not in item["metadata"]["name"] for item in definitions)
        values = {"namespaces": [namespace], "crds": {"enabled": missing}, "pools": pools} | values
        installation = Installation(cluster, f"{NAME}-system", NAME, **values)
        # What a run that was interrupted has left.
        _remove(cluster, installation, namespace)
        cluster.kubectl("create", "namespace", namespace)
        try:
            cluster.kubectl("label", "namespace", namespace, *RESTRICTED)
            installation.install()
            yield Bench(cluster, installation, namespace)
        finally:
            _remove(cluster, installation, namespace)


def _remove(cluster: Cluster, installation: Installation, namespace: str) -> None:
    release, system = installation.release, installation.namespace
    cluster.helm("uninstall", release, "--namespace", system, "--ignore-not-found", "--wait")
    spaces = ("delete", "namespace", namespace, system, "--ignore-not-found", "--timeout=300s")
    cluster.kubectl(*spaces, timeout=320)


def experiment(name: str, **spec: Any) -> Object:
    """An experiment whose data nobody reads, because its runners only sleep."""
    spec = {"data": {"uri": "example:adult"}, "target": "class", "evaluation": {"holdout": "none"}} | spec
    return {"metadata": {"name": name}, "spec": spec}


def eventually(what: str, look: Callable[[], T], seconds: float) -> T:
    """The first true answer. Ends the benchmark with words where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"it never happened within {seconds:.0f} s that {what}")
        time.sleep(0.5)
    return answer
