"""An operator on the test cluster that tests kill, at a failpoint or at any moment."""

import signal
from datetime import datetime
from typing import Any

from automl_api.environment_names import FAILPOINT
from builders.installation import Installation
from builders.pod_processes import operator_process
from builders.waiting import eventually

KILLED = 128 + signal.SIGKILL


class Victim:
    """The one operator of an installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._cluster = installation.cluster
        self._namespace = installation.namespace

    def arm(self, failpoint: str) -> None:
        """Replace the operator with one that dies at this failpoint; with "", at none."""
        before = self.pod()
        variable = f"{FAILPOINT}={failpoint}" if failpoint else f"{FAILPOINT}-"
        deployment = self._cluster.get("deployments", namespace=self._namespace)["items"][0]["metadata"]["name"]
        self._cluster.kubectl("set", "env", f"deployment/{deployment}", variable, "--namespace", self._namespace)
        self.replace(before)

    def replace(self, pod: dict[str, Any]) -> None:
        """Delete the pod, so that no back-off delays its successor, and wait for the successor."""
        name = pod["metadata"]["name"]
        self._cluster.kubectl(
            "delete", "pod", name, "--namespace", self._namespace, "--grace-period=1", "--ignore-not-found"
        )
        eventually("another pod takes its place", lambda: self._pods_but(name))

    def pod(self) -> dict[str, Any]:
        """Its pod."""
        pod: dict[str, Any] = eventually("there is an operator", lambda: self._pods_but(""))[0]
        return pod

    def kill(self) -> None:
        """Send SIGKILL, whatever the operator does at the time."""
        process = eventually("the operator runs", lambda: operator_process(self.pod()))
        process.send(signal.SIGKILL)

    def has_died(self) -> bool:
        """True if SIGKILL has ended its container. Raises AssertionError when it has ended otherwise."""
        ends = self._ends()
        assert all(end["exitCode"] == KILLED for end in ends), f"the operator has ended otherwise: {ends}"
        return bool(ends)

    def died_at(self) -> datetime:
        """Time at which it was killed, to the second."""
        return datetime.fromisoformat(min(end["finishedAt"] for end in self._ends()))

    def _ends(self) -> list[dict[str, Any]]:
        statuses = self.pod()["status"].get("containerStatuses", ())
        states = [status.get(which, {}) for status in statuses for which in ("state", "lastState")]
        return [state["terminated"] for state in states if "terminated" in state]

    def _pods_but(self, name: str) -> list[dict[str, Any]]:
        return [pod for pod in self._installation.operators() if pod["metadata"]["name"] != name]
