"""Install the chart on this machine's real cluster for one namespace, query it, and remove it: for the benchmarks."""

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
"""The name of the release, and the prefix of its two namespaces."""
IDLE_IMAGE = "localhost/cluster-pause:1"
"""A container that does nothing, for runners' pods without a runner."""
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
        """A connection to the API server as administrator, which the caller closes."""
        access = Access(kubeconfig=str(self.cluster.kubeconfig))
        return await KubernetesApi.connect(access, bucket=TokenBucket(qps=500.0, burst=1000))

    def experiments(self) -> dict[str, Any]:
        """The stored experiments by name."""
        items = self.cluster.get(f"{EXPERIMENTS.plural}.{EXPERIMENTS.group}", namespace=self.namespace)["items"]
        return {item["metadata"]["name"]: item for item in items}

    def pods(self) -> list[dict[str, Any]]:
        """The runners' pods."""
        items: list[dict[str, Any]] = self.cluster.get("pods", namespace=self.namespace)["items"]
        return items

    def broker(self) -> tuple[str, str]:
        """The broker's name inside the cluster, and its Service's address, which this machine can reach, too."""
        space = self.installation.namespace
        services = self.cluster.get("services", namespace=space)["items"]
        service = next(item for item in services if item["metadata"]["name"].endswith("-broker"))
        return f"{service['metadata']['name']}.{space}.svc", service["spec"]["clusterIP"]

    def broker_ca(self) -> str:
        """The CA of the broker's certificate, in PEM."""
        name = self.broker()[0].split(".", 1)[0]
        secret = self.cluster.get("secret", f"{name}-tls", namespace=self.installation.namespace)
        return b64decode(secret["data"]["ca.crt"]).decode("ascii")

    def operator(self) -> psutil.Process:
        """The operator's process on this machine; its search worker is a child of it."""
        (pod,) = self.installation.operators()
        inside = (process for process in psutil.process_iter() if _is_inside(process, pod["metadata"]["uid"]))
        return min((process for process in inside if "automl-operator" in " ".join(process.cmdline()[:2])), key=_age)


def _is_inside(process: psutil.Process, pod: str) -> bool:
    """True when the process is in the pod's control group. systemd writes the uid with underscores."""
    try:
        groups = Path("/proc", str(process.pid), "cgroup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return pod in groups.replace("_", "-")


def _age(process: psutil.Process) -> float:
    return process.create_time()


@contextmanager
def installed(pools: Mapping[str, Object], **values: Any) -> Iterator[Bench]:
    """Build the images, start the cluster, and install the chart with these pools; remove everything afterwards."""
    archives = build(benchmarks=True)
    with Cluster() as cluster:
        cluster.import_images(archives)
        namespace = f"{NAME}-work"
        definitions = cluster.get("customresourcedefinitions")["items"]
        missing = all(EXPERIMENTS.plural not in item["metadata"]["name"] for item in definitions)
        values = {"namespaces": [namespace], "crds": {"enabled": missing}, "pools": pools} | values
        installation = Installation(cluster, f"{NAME}-system", NAME, **values)
        # An interrupted run may have left something.
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
    """An experiment whose runners only sleep and never read the data."""
    spec = {"data": {"uri": "example:adult"}, "target": "class", "evaluation": {"holdout": "none"}} | spec
    return {"metadata": {"name": name}, "spec": spec}


def eventually(what: str, look: Callable[[], T], seconds: float) -> T:
    """The first true answer of `look`. Ends the benchmark with a message where there is none within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise SystemExit(f"this did not happen within {seconds:.0f} s: {what}")
        time.sleep(0.5)
    return answer
