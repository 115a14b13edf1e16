"""An experiment on the test cluster, as its user sees it."""

import json
from collections.abc import Iterable
from typing import Any

from automl_api.names import API_VERSION, LABEL_EXPERIMENT
from builders.waiting import eventually
from cluster import Cluster

QUICK = {"time": "10m", "trials": 2}
"""Two trials, however busy the machine is."""
LONG = {"time": "20m", "trials": 200}
"""Longer than any test waits: the experiment runs until it is stopped."""
FINAL = ("Complete", "Failed")
WAIT_SECONDS = 300.0


class Applied:
    """An experiment that is applied; `spec` overrides the defaults of a small linear one."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, **spec: Any) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.name = name
        body = {
            "apiVersion": API_VERSION,
            "kind": "AutoMLExperiment",
            "metadata": {"name": name},
            "spec": {
                "data": {"uri": "example:adult"},
                "target": "class",
                "budget": QUICK,
                "parallelism": 1,
                "learners": {"include": ["linear"]},
                "evaluation": {"folds": 2},
                **spec,
            },
        }
        self.kubectl("apply", "--filename=-", text=json.dumps(body))
        self.uid = str(self.read()["metadata"]["uid"])

    def kubectl(self, *arguments: str, text: str | None = None) -> str:
        """kubectl in the experiment's namespace."""
        return self.cluster.kubectl(*arguments, "--namespace", self.namespace, text=text, timeout=200)

    def read(self) -> dict[str, Any]:
        """The object."""
        found: dict[str, Any] = self.cluster.get("amlexp", self.name, namespace=self.namespace)
        return found

    def status(self) -> dict[str, Any]:
        """Its status; empty before anybody has written one."""
        status: dict[str, Any] = self.read().get("status", {})
        return status

    def state(self) -> str:
        """Its state; empty before anybody has written one."""
        return str(self.status().get("state", ""))

    def condition(self, type_: str) -> dict[str, Any]:
        """One of its conditions; empty while there is none of this type."""
        conditions: list[dict[str, Any]] = self.status().get("conditions", [])
        return next((condition for condition in conditions if condition["type"] == type_), {})

    def patch(self, **spec: Any) -> None:
        """Change its spec."""
        self.kubectl("patch", "amlexp", self.name, "--type=merge", "--patch", json.dumps({"spec": spec}))

    def children(self, *kinds: str) -> list[dict[str, Any]]:
        """The objects of these kinds that carry its label."""
        labelled = f"{LABEL_EXPERIMENT}={self.name}"
        found = self.cluster.get(",".join(kinds), namespace=self.namespace, selector=labelled)
        items: list[dict[str, Any]] = found["items"]
        return items

    def trials(self) -> list[dict[str, Any]]:
        """Its trials, by their number."""
        return sorted(self.children("amltrial"), key=lambda trial: int(trial["metadata"]["name"].rsplit("-", 1)[1]))

    def runner(self) -> dict[str, Any]:
        """The first of its running pods, once there is one."""
        return eventually(f"{self.name} has a running runner", lambda: next(iter(self._running()), None))

    def _running(self) -> list[dict[str, Any]]:
        pods = [pod for pod in self.children("pods") if "deletionTimestamp" not in pod["metadata"]]
        return [pod for pod in pods if pod["status"]["phase"] == "Running"]

    def finished(self, trials: int = 1) -> list[dict[str, Any]]:
        """Its trials, once `trials` of them have succeeded."""

        def enough() -> list[dict[str, Any]]:
            found = self.trials()
            return found if number_succeeded(found) >= trials else []

        return eventually(f"{trials} trials of {self.name} have succeeded", enough, WAIT_SECONDS)

    def begins_another(self, trials: int = 0) -> None:
        """Wait until it has more than `trials` trials."""

        def begun() -> bool:
            status = self.status()
            assert status.get("state") not in FINAL, status.get("conditions")
            return len(self.trials()) > trials

        eventually(f"{self.name} begins another trial", begun, WAIT_SECONDS)

    def completes(self, seconds: float = WAIT_SECONDS) -> dict[str, Any]:
        """Its status, once it is complete."""
        eventually(f"{self.name} ends", lambda: self.state() in FINAL, seconds)
        status = self.status()
        assert status["state"] == "Complete", status.get("conditions")
        return status

    def stops(self) -> dict[str, Any]:
        """Stop it, and return its status once it has published its model."""
        self.patch(stop=True)
        return self.completes()


def state_of(item: dict[str, Any]) -> str:
    """The state of an object of ours; empty before anybody has written one."""
    return str(item.get("status", {}).get("state", ""))


def number_succeeded(trials: Iterable[dict[str, Any]]) -> int:
    """The number of trials that have succeeded."""
    return sum(state_of(trial) == "Succeeded" for trial in trials)


def configurations(trials: list[dict[str, Any]]) -> dict[str, Any]:
    """The configuration of each trial, by the trial's name."""
    return {trial["metadata"]["name"]: trial["spec"]["configuration"] for trial in trials}
