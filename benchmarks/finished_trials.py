"""Write ended experiments and their trials to a cluster, as a search would have left them."""

import asyncio
from collections.abc import Awaitable, Iterable

from cluster_bench import experiment
from invented_objects import a_status, a_trial, belonging_to, name_of

from automl_api.kinds import EXPERIMENTS, TRIALS
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.urgency import Urgency

AT_ONCE = 32
SUSPENDED_SECONDS = 120


async def write(api: KubernetesApi, namespace: str, experiments: int, trials_each: int) -> None:
    """Write experiments, each suspended from the start and then marked as complete, and their trials."""
    for number in range(experiments):
        uid = await _ended(api, namespace, number)
        await _at_once(_trial(api, namespace, number, uid, index) for index in range(trials_each))


async def _ended(api: KubernetesApi, namespace: str, number: int) -> str:
    """Create an experiment without runners, and mark it as ended once the operator has seen it; returns its uid."""
    name = name_of(number)
    stored = await api.create(EXPERIMENTS, namespace, experiment(name, suspend=True), urgency=Urgency.OBJECT)
    uid = str(stored["metadata"]["uid"])
    async with asyncio.timeout(SUSPENDED_SECONDS):
        while (await api.get(EXPERIMENTS, namespace, name) or {}).get("status", {}).get("state") != "Suspended":  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.2)
    status = a_status(number, "Complete")
    await api.apply_status(EXPERIMENTS, namespace, name, status, uid=uid, urgency=Urgency.OBJECT)
    return uid


async def _trial(api: KubernetesApi, namespace: str, number: int, uid: str, index: int) -> None:
    trial = a_trial(namespace, number, index)
    kept = {name: trial["metadata"][name] for name in ("name", "annotations")}
    body = belonging_to({"metadata": kept, "spec": trial["spec"]}, name_of(number), uid)
    await api.create(TRIALS, namespace, body, urgency=Urgency.OBJECT)
    await api.apply_status(TRIALS, namespace, kept["name"], trial["status"], urgency=Urgency.OBJECT)


async def _at_once(calls: Iterable[Awaitable[None]]) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def limited(call: Awaitable[None]) -> None:
        async with room:
            await call

    await asyncio.gather(*(limited(call) for call in calls))
