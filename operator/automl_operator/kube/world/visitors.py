"""Who calls the broker: a token's pod must be alive, and of a runner that we have started for an experiment that exists."""

from typing import Protocol

from automl_api.names import LABEL_EXPERIMENT
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.snapshot import Key
from automl_operator.kube.api.errors import ApiError
from automl_operator.kube.api.tokens import Claims
from automl_operator.kube.manifests.belonging import controller_of, life_of
from automl_operator.kube.world.caches import Caches
from automl_operator.kube.world.endings import pod_ending
from automl_operator.kube.world.runners import runner_of


class Verifier(Protocol):
    """What says whose a token is (api.tokens.TokenVerifier)."""

    async def verify(self, token: str) -> Claims:
        """The pod that the token was made for. Raises Unauthorized."""
        ...


async def identify(token: str, verifier: Verifier, caches: Caches) -> RunnerId:
    """The runner of a token. Raises Unauthorized, and Unavailable where the API server's keys cannot be had."""
    try:
        claims = await verifier.verify(token)
    except ApiError as error:
        raise Unavailable(f"the keys of the API server cannot be read: {error.message}") from error
    pod = caches.pod(claims.namespace, claims.pod_uid)
    if pod is None or pod_ending(pod) is not None:
        raise Unauthorized(
            f"the pod {claims.namespace}/{claims.pod} of the token is no live runner's", reason="PodGone"
        )
    job = caches.job(claims.namespace, controller_of(pod))
    if job is None or job["metadata"].get("deletionTimestamp"):
        raise Unauthorized(f"the pod {claims.namespace}/{claims.pod} belongs to no runner of ours", reason="NoRunner")
    key = Key(claims.namespace, str(job["metadata"].get("labels", {}).get(LABEL_EXPERIMENT, "")))
    experiment = caches.experiment(key)
    if experiment is None or experiment.metadata.uid != life_of(job):
        raise Unauthorized(
            f"the experiment of the runner {claims.namespace}/{claims.pod} is gone", reason="NoExperiment"
        )
    return RunnerId(key, runner_of(job), claims.pod_uid)
