"""Minimal OperatorSettings, and minimal objects of a cluster as the API server stores them."""

from typing import Any

from automl_api.kinds import EXPERIMENTS
from automl_api.names import LABEL_EXPERIMENT, LABEL_POOL
from automl_api.resources import Experiment, ObjectMeta
from automl_operator.kube.manifests.belonging import LABEL_EXPERIMENT_UID, MANAGED_BY, MANAGER
from automl_operator.kube.manifests.runner_job import ANNOTATION_RUNNER
from automl_operator.kube.pool import PoolSettings, Resources
from automl_operator.kube.settings import BrokerSettings, OperatorSettings, RunnerSettings
from automl_operator.kube.world.foreign_events import ForeignEvent, LatestEvent
from builders.control import a_minimal_experiment

NAMESPACE = "lab"
UID = "5d1f9a20-0000-4000-8000-000000000001"
CREATED = "2026-01-01T00:00:00Z"
CREATED_AT = 1_767_225_600.0


def pool_settings(**fields: Any) -> PoolSettings:
    """A pool of two cores and 4 GiB."""
    resources = Resources(requests={"cpu": "2", "memory": "4Gi"}, limits={"memory": "4Gi"})
    return PoolSettings(**({"resources": resources} | fields))


def gpu_pool_settings(**fields: Any) -> PoolSettings:
    """A pool with one GPU a runner."""
    limits = {"memory": "16Gi", "nvidia.com/gpu": "1"}
    return pool_settings(resources=Resources(requests={"cpu": "4", "memory": "16Gi"}, limits=limits), **fields)


def settings(**fields: Any) -> OperatorSettings:
    """Settings of an installation with one pool, whose stores are claims."""
    broker = BrokerSettings(url="https://broker.automl-system.svc:8443")
    given: dict[str, Any] = {
        "broker": broker,
        "runner": RunnerSettings(image="runner:1"),
        "pools": {"cpu": pool_settings()},
    } | fields
    return OperatorSettings(**given)


def a_cluster_experiment(name: str = "churn", uid: str = UID, **spec: Any) -> Experiment:
    """An experiment that the API server has stored."""
    return a_minimal_experiment(name, **spec).replace(metadata=ObjectMeta(name=name, namespace=NAMESPACE, uid=uid))


def a_job(name: str = "churn-5d1f9-cpu-0", uid: str = "job-1", **fields: Any) -> dict[str, Any]:
    """A runner's Job as the server stores it; `fields` are its status."""
    labels = {MANAGED_BY: MANAGER, LABEL_EXPERIMENT: "churn", LABEL_EXPERIMENT_UID: UID, LABEL_POOL: "cpu"}
    owner = {
        "apiVersion": EXPERIMENTS.api_version,
        "kind": EXPERIMENTS.kind,
        "name": "churn",
        "uid": UID,
        "controller": True,
    }
    metadata = {
        "name": name,
        "namespace": NAMESPACE,
        "uid": uid,
        "labels": labels,
        "annotations": {ANNOTATION_RUNNER: name},
        "ownerReferences": [owner],
        "creationTimestamp": CREATED,
    }
    return {"metadata": metadata, "spec": {}, "status": fields}


def a_pod(
    phase: str = "Running", uid: str = "pod-1", metadata: dict[str, Any] | None = None, **status: Any
) -> dict[str, Any]:
    """The pod of `a_job`; `status` are further fields of its status."""
    meta = {
        "name": "churn-5d1f9-cpu-0-x2b4c",
        "namespace": NAMESPACE,
        "uid": uid,
        "labels": {LABEL_EXPERIMENT: "churn"},
        "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "Job", "name": "churn-5d1f9-cpu-0", "uid": "job-1", "controller": True}
        ],
        "creationTimestamp": CREATED,
    }
    limits = {"limits": {"memory": "4Gi"}}
    return {
        "metadata": meta | (metadata or {}),
        "spec": {"containers": [{"name": "runner", "resources": limits}]},
        "status": {"phase": phase} | status,
    }


def terminated(code: int, reason: str = "Error", message: str = "") -> list[dict[str, Any]]:
    """Container statuses of a runner that has ended."""
    return [{"name": "runner", "state": {"terminated": {"exitCode": code, "reason": reason, "message": message}}}]


def waiting(reason: str, message: str = "") -> list[dict[str, Any]]:
    """Container statuses of a runner that is not started yet."""
    return [{"name": "runner", "state": {"waiting": {"reason": reason, "message": message}}}]


def condition(type_: str, status: str = "True", reason: str = "", message: str = "") -> dict[str, str]:
    """A condition of a pod or a Job."""
    return {"type": type_, "status": status, "reason": reason, "message": message}


def a_claim(
    name: str = "churn-store", phase: str = "Bound", modes: tuple[str, ...] = ("ReadWriteOnce",)
) -> dict[str, Any]:
    """A volume claim."""
    return {
        "metadata": {"name": name, "namespace": NAMESPACE, "uid": f"claim-{name}"},
        "spec": {"accessModes": list(modes)},
        "status": {"phase": phase},
    }


def latest_events(**by_uid: tuple[str, str]) -> LatestEvent:
    """The latest Events by the uid of their object (`_` for `-`); each is given as (reason, message)."""
    events = {uid.replace("_", "-"): ForeignEvent(reason, message, "") for uid, (reason, message) in by_uid.items()}
    return events.get
