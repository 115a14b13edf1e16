"""The chart on the test cluster: to install, inspect, upgrade and remove."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from cluster import Cluster

CHART = "charts/automl-operator"
RUNNER_IMAGE = f"localhost/automl-runner:{version('automl-operator')}"
"""The image that the chart names by default."""
RESTRICTED = ("pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/enforce-version=latest")
SMALL_POOL = {
    "resources": {"requests": {"cpu": "400m", "memory": "512Mi"}, "limits": {"memory": "1536Mi"}},
    "maxRunners": 2,
}
"""Two runners of one slot each, for each of two experiments, on a machine of two cores."""
VALUES: dict[str, Any] = {
    "pools": {"cpu": SMALL_POOL},
    "claim": {"size": "1Gi"},
    "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
}
# For tests that need no operator, the definitions are on the cluster before any release.
TAKEN_OVER = ("--take-ownership", "--server-side=true", "--force-conflicts")


class Installation:
    """A release of the chart in a namespace that enforces restricted Pod Security."""

    def __init__(self, cluster: Cluster, namespace: str, release: str = "automl", **values: Any) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.release = release
        self.values = VALUES | values
        self._made_at = datetime.now(UTC)
        self._without_rights: list[tuple[datetime, datetime]] = []

    def install(self) -> None:
        """Install or upgrade, and wait until the operator is ready."""
        spaces = {item["metadata"]["name"] for item in self.cluster.get("namespaces")["items"]}
        if self.namespace not in spaces:
            self.cluster.kubectl("create", "namespace", self.namespace)
        self.cluster.kubectl("label", "namespace", self.namespace, *RESTRICTED, "--overwrite")
        self.upgrade()

    def upgrade(self, **values: Any) -> None:
        """`helm upgrade --install` with these values beside the installation's own."""
        self.values = self.values | values
        with_definitions = self.values.get("crds", {}).get("enabled", True)
        self.cluster.helm(
            "upgrade", "--install", self.release, CHART, "--namespace", self.namespace, "--values", "-", "--wait",
            "--timeout", "280s", *(TAKEN_OVER if with_definitions else ()), text=json.dumps(self.values),
        )  # fmt: skip

    def uninstall(self) -> None:
        """`helm uninstall`; the definitions of our kinds stay."""
        self.cluster.helm("uninstall", self.release, "--namespace", self.namespace, "--wait")

    def operators(self) -> list[dict[str, Any]]:
        """The operator's pods that are not being deleted."""
        selector = f"app.kubernetes.io/instance={self.release},app.kubernetes.io/component=operator"
        pods = self.cluster.get("pods", namespace=self.namespace, selector=selector)["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def log(self) -> list[dict[str, Any]]:
        """The JSON objects that the operator has logged."""
        return [json.loads(line) for line in self.log_lines() if line.startswith("{")]

    def log_lines(self) -> list[str]:
        """The lines that the operator has logged, as text."""
        lines: list[str] = []
        for pod in self.operators():
            name = pod["metadata"]["name"]
            lines += self.cluster.kubectl("logs", name, "--namespace", self.namespace).splitlines()
        return lines

    def service_address(self, use: str) -> str:
        """The address of the release's Service for this use (`broker`, `metrics`), reachable from this machine."""
        items = self.cluster.get("services", namespace=self.namespace)["items"]
        found = {item["metadata"]["name"].rpartition("-")[2]: item["spec"]["clusterIP"] for item in items}
        return str(found[use])

    def samples(self) -> list[Sample]:
        """The samples of one scrape of /metrics."""
        return [sample for family in text_string_to_metric_families(self.scrape()) for sample in family.samples]

    def scrape(self) -> str:
        """The text of /metrics."""
        url = f"http://{self.service_address('metrics')}:8080/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    @contextmanager
    def without_rights(self) -> Iterator[None]:
        """The operator has no rights inside the context; `refused_calls` leaves out the calls of that time."""
        began = datetime.now(UTC)
        try:
            yield
        finally:
            self._without_rights.append((began, datetime.now(UTC)))

    def refused_calls(self) -> list[dict[str, Any]]:
        """Calls of the operator's service account that its rights do not cover.

        A 403 of admission (a full quota, a namespace that is being deleted) is not among them.
        """
        user = f"system:serviceaccount:{self.namespace}:"
        return [
            {"verb": call["verb"], "uri": call["requestURI"], "at": call["requestReceivedTimestamp"]}
            for call in self.calls()
            if call["user"]["username"].startswith(user)
            and call.get("annotations", {}).get("authorization.k8s.io/decision") == "forbid"
            and not self._is_excused(datetime.fromisoformat(call["requestReceivedTimestamp"]))
        ]

    def _is_excused(self, at: datetime) -> bool:
        return any(began <= at <= ended for began, ended in self._without_rights)

    def calls(self) -> list[dict[str, Any]]:
        """Every finished call of a service account outside kube-system since this was made, from the audit log."""
        text = (self.cluster.layout.state / "audit" / "audit.log").read_text(encoding="utf-8")
        calls = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
        return [
            call
            for call in calls
            # The log also has an entry for the beginning of each watch.
            if call["stage"] == "ResponseComplete"
            and datetime.fromisoformat(call["requestReceivedTimestamp"]) >= self._made_at
        ]
