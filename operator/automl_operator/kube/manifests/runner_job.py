"""Builds a runner's Job of one pod. A Job is created once, never patched, and deleted after its runner has ended."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from automl_api.names import GROUP, LABEL_EXPERIMENT, LABEL_POOL
from automl_api.pod_security import container_context, pod_context
from automl_api.protocol import RunnerEnvironment
from automl_api.quantities import parse_duration
from automl_api.resources import Experiment
from automl_operator.kube.manifests.belonging import Object, labels_of, owner_of, owner_reference
from automl_operator.kube.manifests.volumes import (
    ANNOTATION_BROKER_CA,
    BROKER_CA_FILE,
    CACHE_DIRECTORY,
    CLAIMS_DIRECTORY,
    SCRATCH_DIRECTORY,
    SECRETS_DIRECTORY,
    TOKEN_FILE,
    ClaimMount,
    SecretMount,
    volumes,
)
from automl_operator.kube.pool import PoolSettings
from automl_operator.kube.settings import RunnerSettings

CONTAINER: Final = "runner"
ANNOTATION_RUNNER: Final = f"{GROUP}/runner"
TERMINATION_LOG: Final = "/dev/termination-log"
GRACE_SECONDS: Final = 30
LOST_NODE_SECONDS: Final = 60
"""Seconds that a pod may stay on a node that does not answer. Kubernetes' default of 300 s wastes more time."""
MARGIN_SECONDS: Final = 3600
MAX_NAME: Final = 63


@dataclass(frozen=True)
class RunnerPlace:
    """The inputs of a runner's Job, except the experiment."""

    pool_name: str
    pool: PoolSettings
    runner: RunnerSettings
    image: str
    broker_url: str
    broker_ca: str = ""
    """The CA's certificates in PEM; empty: the runner uses the CAs of its image."""
    claims: tuple[ClaimMount, ...] = ()
    secrets: tuple[SecretMount, ...] = ()
    together: bool = False
    """True when the experiment's pods must share a node, because one of their volumes can be on one node only."""


def job_name(runner: str) -> str:
    """The name of a runner's Job: the runner's name; when that is too long, its beginning and a digest."""
    if len(runner) <= MAX_NAME:
        return runner
    digest = hashlib.sha256(runner.encode()).hexdigest()[:8]
    return f"{runner[: MAX_NAME - 9].rstrip('-')}-{digest}"


def runner_of(job: Object) -> str:
    """The name of a Job's runner, as the decisions chose it."""
    metadata = job["metadata"]
    return str(metadata.get("annotations", {}).get(ANNOTATION_RUNNER) or metadata["name"])


def experiment_of(job: Object) -> str:
    """The uid of a runner Job's experiment; "" for a Job that the operator cannot have created.

    A Job's name must follow from its runner's name, so that no two Jobs can be the same runner.
    """
    return owner_of(job) if job["metadata"]["name"] == job_name(runner_of(job)) else ""


def runner_job(experiment: Experiment, runner: str, place: RunnerPlace) -> Object:
    """The Job of an experiment's runner; it is deleted with the experiment."""
    labels = labels_of(experiment) | {LABEL_POOL: place.pool_name, "app.kubernetes.io/name": "automl-runner"}
    annotations = dict(place.pool.pod_annotations)
    if place.broker_ca:
        annotations[ANNOTATION_BROKER_CA] = place.broker_ca
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": job_name(runner),
            "namespace": experiment.metadata.namespace,
            "labels": labels,
            "annotations": {ANNOTATION_RUNNER: runner},
            "ownerReferences": [owner_reference(experiment, controller=True)],
        },
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 0,
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": _pod(experiment, place),
            },
        },
    }


def _pod(experiment: Experiment, place: RunnerPlace) -> Object:
    mounted, mounts = volumes(place.claims, place.secrets, broker_ca=bool(place.broker_ca))
    pod: Object = {
        "restartPolicy": "Never",
        "serviceAccountName": experiment.spec.service_account_name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "activeDeadlineSeconds": _longest_life(experiment, place.pool),
        "securityContext": pod_context(place.runner.run_as_user),
        "tolerations": _tolerations(place.pool),
        "containers": [_container(place, mounts)],
        "volumes": mounted,
    }
    if place.runner.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": secret.name} for secret in place.runner.image_pull_secrets]
    if place.pool.node_selector:
        pod["nodeSelector"] = dict(place.pool.node_selector)
    if place.together:
        pod["affinity"] = _together(experiment)
    return pod


def _container(place: RunnerPlace, mounts: list[Object]) -> Object:
    return {
        "name": CONTAINER,
        "image": place.image,
        "imagePullPolicy": place.runner.image_pull_policy,
        "env": [{"name": name, "value": value} for name, value in _variables(place).items()],
        "resources": place.pool.resources.to_dict(),
        "securityContext": container_context(),
        "terminationMessagePath": TERMINATION_LOG,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": mounts,
    }


def _variables(place: RunnerPlace) -> Mapping[str, str]:
    environment = RunnerEnvironment(
        broker_url=place.broker_url,
        token_file=TOKEN_FILE,
        slots=place.pool.slots,
        memory_bytes=place.pool.memory_bytes,
        accelerator=place.pool.accelerator,
        claims_directory=CLAIMS_DIRECTORY,
        secrets_directory=SECRETS_DIRECTORY,
        cache_directory=CACHE_DIRECTORY,
        broker_timeout_seconds=place.pool.broker_timeout_seconds,
        max_assignments=place.pool.max_assignments_per_runner,
        termination_log=TERMINATION_LOG,
    )
    if place.broker_ca:
        environment = replace(environment, broker_ca=BROKER_CA_FILE)
    # Libraries need a writable home: the root file system is read-only, and an assigned user has no home.
    return {name: value for name, value in environment.variables().items() if value} | {"HOME": SCRATCH_DIRECTORY}


def _longest_life(experiment: Experiment, pool: PoolSettings) -> int:
    """A deadline in seconds for a runner that nobody stops. A runner that is needed longer is replaced at no cost."""
    return int(2 * parse_duration(experiment.spec.budget.time) + pool.broker_timeout_seconds) + MARGIN_SECONDS


def _tolerations(pool: PoolSettings) -> list[dict[str, Any]]:
    lost = [
        {"key": f"node.kubernetes.io/{taint}", "operator": "Exists", "effect": "NoExecute"}
        | {"tolerationSeconds": LOST_NODE_SECONDS}
        for taint in ("not-ready", "unreachable")
    ]
    return [*(toleration.to_dict() for toleration in pool.tolerations), *lost]


def _together(experiment: Experiment) -> Object:
    term = {
        "labelSelector": {"matchLabels": {LABEL_EXPERIMENT: experiment.metadata.name}},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
