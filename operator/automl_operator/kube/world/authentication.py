"""Identifies the runner that calls the broker: its pod must be alive, and its Job must be ours for a known experiment.

Only the token proves which pod calls. Any client with rights in the namespace may have written the labels and owners of
pods and Jobs, so all of them must agree. Anyone with the right to create Jobs in a namespace can act for its
experiments, but for no others.
"""

from typing import Protocol

from automl_api.names import LABEL_EXPERIMENT
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.api import Object
from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.api.tokens import Claims
from automl_operator.kube.manifests.belonging import job_of
from automl_operator.kube.manifests.runner_job import experiment_of, runner_of
from automl_operator.kube.world.caches import Caches
from automl_operator.kube.world.endings import pod_ending
from automl_operator.kube.world.runners import pod_of, uid_of


class Verifier(Protocol):
    """Verifies tokens (api.tokens.TokenVerifier)."""

    async def verify(self, token: str) -> Claims:
        """The claims of a token, with its pod. Raises Unauthorized."""
        ...


async def identify(token: str, verifier: Verifier, caches: Caches) -> RunnerId:
    """The runner that a token belongs to. Raises Unauthorized, and Unavailable without the API server's keys."""
    try:
        claims = await verifier.verify(token)
    except ApiError as error:
        raise Unavailable(f"the keys of the API server cannot be read: {error.message}") from error
    pod = caches.pod(claims.namespace, claims.pod_uid)
    if pod is None or pod_ending(pod) is not None:
        raise Unauthorized(
            f"the pod {claims.namespace}/{claims.pod} of the token is not a live runner's", reason="PodGone"
        )
    job = caches.job(claims.namespace, job_of(pod))
    if job is None or not _is_its_pod(job, claims, caches):
        raise Unauthorized(
            f"the pod {claims.namespace}/{claims.pod} does not belong to a runner of this operator", reason="NoRunner"
        )
    key = Key(claims.namespace, str(job["metadata"]["labels"].get(LABEL_EXPERIMENT, "")))
    experiment = caches.experiment(key)
    if experiment is None or experiment.metadata.uid != experiment_of(job):
        raise Unauthorized(
            f"the experiment of the runner {claims.namespace}/{claims.pod} is gone", reason="NoExperiment"
        )
    return RunnerId(key, runner_of(job), claims.pod_uid)


def _is_its_pod(job: Object, claims: Claims, caches: Caches) -> bool:
    """True when the token is from the Job's only pod and service account, and the Job is not being deleted."""
    metadata = job["metadata"]
    account = job["spec"]["template"]["spec"].get("serviceAccountName", "default")
    its_pod = pod_of(caches.pods.of(claims.namespace, uid_of(job)))
    return (
        not metadata.get("deletionTimestamp")
        and claims.service_account == account
        and its_pod is not None
        and uid_of(its_pod) == claims.pod_uid
    )
