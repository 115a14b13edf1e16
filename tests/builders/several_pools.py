"""A release with pools of several kinds and a bucket, for tests of failures and of the choice of pools."""

import csv
import io
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from automl_api.names import ANNOTATION_HOLDER, LABEL_POOL
from builders.applied import Applied
from builders.installation import Installation
from builders.s3_server import S3Server, s3_server
from builders.scoped_release import scoped_release
from builders.waiting import eventually
from cluster import Cluster, kernel
from cluster.layout import CONTROL_PLANE

TEST_IMAGE = "localhost/automl-runner-test:1"
ABSENT_IMAGE = "localhost/absent:1"
ABSENT_CLASS = "no-such-class"
PLACE = "t3/place"
LARGE = "t3/large"
GPU, TPU = "nvidia.com/gpu", "google.com/tpu"
SECRET = "bucket"
ROWS = 300


def pool(memory: str = "1Gi", **fields: Any) -> dict[str, Any]:
    """A pool of one slot a runner."""
    resources = {
        "requests": {"cpu": "150m", "memory": "256Mi"},
        "limits": {"memory": memory, **fields.pop("limits", {})},
    }
    return {"image": TEST_IMAGE, "resources": resources, "maxRunners": 2, "idleTimeout": "5s", **fields}


def guaranteed(memory: str, **fields: Any) -> dict[str, Any]:
    """A pool of QoS class Guaranteed: its containers start with a neutral OOM score, so that they can name a victim."""
    amounts = {"cpu": "600m", "memory": memory}
    return pool(**fields) | {"resources": {"requests": amounts, "limits": amounts}}


POOLS = {
    "cpu": pool(),
    "small": guaranteed("700Mi"),
    "large": guaranteed("900Mi", nodeSelector={LARGE: "true"}),
    "away": pool(nodeSelector={PLACE: "away"}, tolerations=[{"key": PLACE, "operator": "Exists"}], brokerTimeout="5m"),
    "gpu": pool(limits={GPU: "1"}),
    "tpu": pool(
        limits={TPU: "4"},
        nodeSelector={
            "cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice",
            "cloud.google.com/gke-tpu-topology": "2x2",
        },
        scaleUpTimeout="20s",
    ),
    "isolated": pool(maxAssignmentsPerRunner=1),
    "absent": pool(image=ABSENT_IMAGE),
    "unconfined": pool(podAnnotations={"container.apparmor.security.beta.kubernetes.io/runner": "unconfined"}),
}


@dataclass(frozen=True)
class PoolsInstallation:
    """The release, the namespace that it serves, and an S3 server whose bucket holds some rows."""

    cluster: Cluster
    installation: Installation
    namespace: str
    s3: S3Server

    def store(self, name: str, secret: str = SECRET) -> dict[str, Any]:
        """A store in the bucket."""
        place = {"uri": f"s3://pools/{name}", "endpoint": self.s3.endpoint, "region": self.s3.region}
        return place | {"secretRef": {"name": secret}}

    def apply(
        self, name: str, learners: tuple[str, ...] = ("linear",), pools: tuple[str, ...] = ("cpu",), **spec: Any
    ) -> Applied:
        """Apply an experiment on the rows in the bucket, with one trial for each learner."""
        rows = {"uri": "s3://pools/rows.csv", "secretRef": {"name": SECRET}}
        return Applied(
            self.cluster,
            self.namespace,
            name,
            **{
                "data": rows,
                "target": "late",
                "store": self.store(name),
                "budget": {"time": "10m", "trials": len(learners), "failedTrials": 1},
                "evaluation": {"folds": 2},
                "learners": {"include": list(learners)},
                "pools": [{"name": pool} for pool in pools],
                **spec,
            },
        )

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """kubectl in the namespace."""
        return self.cluster.kubectl(*arguments, "--namespace", self.namespace, text=text)

    def at_work(self, experiment: Applied, besides: str = "", seconds: float = 240.0) -> dict[str, Any]:
        """A running pod that has begun a fit, but not the pod whose uid is `besides`."""

        def begun() -> dict[str, Any] | None:
            for pod in experiment.children("pods"):
                lives = pod["status"]["phase"] == "Running" and "deletionTimestamp" not in pod["metadata"]
                if lives and pod["metadata"]["uid"] != besides and self._holds(experiment, pod):
                    return pod
            return None

        return eventually(f"a runner of {experiment.name} has begun a fit", begun, seconds)

    def _holds(self, experiment: Applied, pod: dict[str, Any]) -> bool:
        return any(holder_of(trial) == pod["metadata"]["uid"] for trial in experiment.trials())

    def let_go(self, pod: dict[str, Any]) -> None:
        """Tell the learner `held` in a pod to go on."""
        node, uid = pod["spec"]["nodeName"], pod["metadata"]["uid"]
        folder = self.cluster.layout.nodes / node / "kubelet" / "pods" / uid / "volumes"
        (folder / "kubernetes.io~empty-dir" / "scratch" / "go").touch()

    def pools_of(self, trial: dict[str, Any]) -> list[str]:
        """The pools of the first and the last holder of a trial."""
        names = self.pods_ever()
        holders = (trial["metadata"]["annotations"][ANNOTATION_HOLDER], holder_of(trial))
        return [names[holder].rsplit("-", 3)[1] for holder in holders]

    def pods_ever(self) -> dict[str, str]:
        """The names of the namespace's pods by uid, from the Events, which outlive the pods."""
        events = self.cluster.get("events", namespace=self.namespace, fields="involvedObject.kind=Pod")["items"]
        return {str(event["involvedObject"].get("uid")): str(event["involvedObject"]["name"]) for event in events}

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the operator's samples that carry these labels."""
        (operator,) = self.installation.operators()
        address = f"http://{operator['status']['podIP']}:8080/metrics"
        with urllib.request.urlopen(address, timeout=10) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())


@contextmanager
def several_pools(cluster: Cluster, folder: Path) -> Iterator[PoolsInstallation]:
    """The release and the server; both are removed at the end."""
    with (
        s3_server(folder, address=CONTROL_PLANE) as s3,
        scoped_release(cluster, "t3", pools=POOLS, claim={"size": "1Gi", "storageClassName": ABSENT_CLASS}) as release,
    ):
        installation, namespace = release
        pools = PoolsInstallation(cluster, installation, namespace, s3)
        s3.make_bucket("pools")
        with s3.filesystem().open_output_stream("pools/rows.csv") as file:
            file.write(_rows().encode())
        make_secret(pools, SECRET)
        try:
            yield pools
        finally:
            pools.kubectl("delete", "amlexp", "--all")
            # Without force, the deletion of a pod on a lost node would never end.
            pools.kubectl("delete", "pods", "--all", "--grace-period=0", "--force")


def make_secret(pools: PoolsInstallation, name: str) -> None:
    """Create a Secret with the credentials of the bucket."""
    literals = [f"--from-literal={key}={value}" for key, value in pools.s3.credentials().items()]
    pools.kubectl("create", "secret", "generic", name, *literals)


def holder_of(trial: dict[str, Any]) -> str:
    """The uid of the last pod that held a trial, or holds it."""
    first: str = trial["metadata"]["annotations"][ANNOTATION_HOLDER]
    return str(trial.get("status", {}).get("holder") or first)


def trial_of(experiment: Applied, learner: str) -> dict[str, Any]:
    """The one trial of a learner."""
    (trial,) = [trial for trial in experiment.trials() if trial["spec"]["configuration"]["learner"] == learner]
    return trial


def pool_of(pod: dict[str, Any]) -> str:
    """The pool of a runner's pod."""
    return str(pod["metadata"]["labels"][LABEL_POOL])


def message_of(experiment: Applied, type_: str, reason: str, seconds: float = 90.0, about: str = "") -> str:
    """The message of a condition that is about something, once it is False (`Failed`: True) for that reason."""
    wanted = ("True" if type_ == "Failed" else "False", reason)

    def message() -> str:
        condition = experiment.condition(type_)
        matches = condition and (condition["status"], condition["reason"]) == wanted and about in condition["message"]
        return str(condition["message"]) if matches else ""

    return str(eventually(f"{experiment.name} says {type_} {reason} {about}", message, seconds))


def kill_processes_of(pools: PoolsInstallation, pod: dict[str, Any], cgroup: str) -> None:
    """Kill the processes of a pod on a node whose kubelet is gone."""
    from cluster.daemon import end

    end(kernel.processes_in(f"{cgroup}/kubepods/burstable/pod{pod['metadata']['uid']}"))


def quota(most: int, of: str = "pods") -> str:
    """A ResourceQuota named `full`."""
    spec = {"hard": {of: str(most)}}
    return json.dumps({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}, "spec": spec})


def _rows() -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("amount", "distance", "late"))
    for row in range(ROWS):
        amount, distance = row % 17, (row * 7) % 23
        writer.writerow((amount, distance, "yes" if amount * 2 + distance + row % 5 > 27 else "no"))
    return text.getvalue()
