"""The leader among an installation's operators, as the Lease names it."""

from datetime import datetime
from typing import Any

from builders.installation import Installation
from builders.invariants import WRITES, received
from builders.waiting import eventually


class Operators:
    """The operators of an installation with leader election."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def leader(self) -> dict[str, Any]:
        """The pod that leads."""
        found: dict[str, Any] = eventually("one of the operators leads", self._leader)
        return found

    def name(self) -> str:
        """The name of the pod that holds the Lease; empty while nobody does."""
        return self.identity().partition("_")[0]

    def identity(self) -> str:
        """The identity of the process that holds the Lease, a new one at each start; empty while nobody holds it."""
        leases = self._installation.cluster.get("leases", namespace=self._installation.namespace)["items"]
        return str(leases[0]["spec"].get("holderIdentity", "")) if leases else ""

    def pod(self, name: str) -> dict[str, Any]:
        """The pod as it is now."""
        found: dict[str, Any] = self._installation.cluster.get("pod", name, namespace=self._installation.namespace)
        return found

    def stands_by(self, name: str, *, since_restart: int) -> bool:
        """True if it was started again, is ready, and does not lead."""
        status = next(iter(self.pod(name)["status"]["containerStatuses"]))
        return status["restartCount"] > since_restart and status["ready"] and self.name() not in ("", name)

    def writes(self, name: str, since: datetime) -> list[str]:
        """The writes of a pod since then, as `verb uri`."""
        return [
            f"{call['verb']} {call['requestURI']}"
            for call in self._installation.calls()
            if call["verb"] in WRITES
            and name in call["user"].get("extra", {}).get("authentication.kubernetes.io/pod-name", ())
            and received(call) > since
        ]

    def _leader(self) -> dict[str, Any] | None:
        name = self.name()
        return next((pod for pod in self._installation.operators() if pod["metadata"]["name"] == name), None)


def restarts(pod: dict[str, Any]) -> int:
    """Number of restarts of its container."""
    return int(pod["status"]["containerStatuses"][0]["restartCount"])
