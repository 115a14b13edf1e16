"""The time from an experiment's creation to its first runner's pod, on a real control plane."""

import asyncio
import time
from contextlib import aclosing

import cluster_audit
from cluster_bench import ANY_USER, IDLE_IMAGE, Bench, eventually, experiment, installed
from figures import Claim, Found

from automl_api.kinds import EXPERIMENTS, PODS
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.urgency import Urgency

POOL = {
    "image": IDLE_IMAGE,
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "1Gi"}},
}


def measure(*, quick: bool) -> Found:
    """Create several experiments one after another in an idle release; each creates its own volume claim."""
    with installed({"cpu": POOL}, runner={"runAsUser": ANY_USER}) as bench:
        delays = [_delay(bench, number) for number in range(4 if quick else 20)]
    return Found(
        claims=(
            Claim("apply to the first runner's pod created", "s", [pod for pod, _ in delays], "< 1 s", 1.0),
            Claim("of that, until the operator's request for the Job", "s", [job for _, job in delays]),
        ),
        notes=(
            "From before the request that creates the experiment to the event of a watch that shows the pod.",
            "The Job's time is from the API server's audit log; the difference is the time of Kubernetes' Job controller.",
        ),
        raw={"delays_s": delays},
    )


def _delay(bench: Bench, number: int) -> tuple[float, float]:
    name = f"start-{number}"
    began, seen = asyncio.run(_apply(bench, name))
    jobs = [
        write.at for write in cluster_audit.writes(bench, began) if (write.verb, write.resource) == ("create", "jobs")
    ]
    bench.cluster.kubectl("delete", EXPERIMENTS.plural, name, "--namespace", bench.namespace)
    eventually("the pods of an experiment that was deleted are gone", lambda: not bench.pods(), 120)
    return seen - began, jobs[0] - began


async def _apply(bench: Bench, name: str) -> tuple[float, float]:
    """The times of the request and of the pod's first event, in unix seconds."""
    async with await bench.api() as api:
        version = (await api.list(PODS, bench.namespace)).resource_version
        pod = asyncio.create_task(_first_pod(api, bench.namespace, version))
        # Wait until the watch is open and connected.
        await asyncio.sleep(0.5)
        began = time.time()
        await api.create(EXPERIMENTS, bench.namespace, experiment(name), urgency=Urgency.CLAIM)
        return began, await asyncio.wait_for(pod, 60)


async def _first_pod(api: KubernetesApi, namespace: str, version: str) -> float:
    async with aclosing(api.watch(PODS, namespace, resource_version=version)) as events:
        async for event in events:
            if event.type == "ADDED":
                return time.time()
    raise SystemExit("the watch on pods ended before there was a pod")
