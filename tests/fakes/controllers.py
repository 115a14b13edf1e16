"""A Job controller and a kubelet for a fake API server: they make pods of Jobs and start them."""

from typing import Any

from automl_api.kinds import JOBS, PODS
from automl_operator.kube.api.api import Object
from builders.kube import terminated
from fakes.api_server import FakeApiServer


class FakeJobController:
    """Gives every Job a running pod at once; while `starts` is False, Jobs get none."""

    def __init__(self, api: FakeApiServer) -> None:
        self.api = api
        self.starts = True

    async def run(self) -> None:
        """Follow the Jobs for ever."""
        listing = await self.api.list(JOBS)
        for job in listing.items:
            self._start(job)
        async for event in self.api.watch(JOBS, resource_version=listing.resource_version):
            if event.type == "ADDED" and self.starts:
                self._start(event.object)

    def pod_of(self, job: Object) -> Object | None:
        """The pod of a Job."""
        uid = job["metadata"]["uid"]
        pods = self.api.all(PODS, job["metadata"]["namespace"])
        return next((pod for pod in pods if pod["metadata"]["ownerReferences"][0]["uid"] == uid), None)

    def end(self, pod: Object, code: int, reason: str = "Error", message: str = "") -> None:
        """End a container; the kubelet reports it."""
        status = {"phase": "Failed" if code else "Succeeded", "containerStatuses": terminated(code, reason, message)}
        self.say(pod, status)

    def say(self, pod: Object, status: dict[str, Any]) -> None:
        """The kubelet (or the scheduler) writes a pod's status."""
        self.api.change(PODS, pod["metadata"]["namespace"], pod["metadata"]["name"], {"status": status})

    def start(self, job: Object, phase: str = "Running") -> Object:
        """Create a pod for a Job."""
        meta, template = job["metadata"], job["spec"]["template"]
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": meta["name"], "uid": meta["uid"], "controller": True}
        metadata = template["metadata"] | {"generateName": f"{meta['name']}-", "ownerReferences": [owner]}
        body = {"metadata": metadata, "spec": template["spec"], "status": {"phase": phase}}
        return self.api.add(PODS, meta["namespace"], body)

    def _start(self, job: Object) -> None:
        if self.pod_of(job) is None and self.api.stored(JOBS, job["metadata"]["namespace"], job["metadata"]["name"]):
            self.start(job)
