"""Reads and builds a coordination.k8s.io/Lease; fields that others wrote into it are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Object

DURATION_SECONDS: Final = 15
"""Another candidate takes the lease when its record has not changed for this long."""
RENEW_DEADLINE_SECONDS: Final = 10.0
"""A leader that has not renewed the lease for this long stops leading."""
RETRY_SECONDS: Final = 2.0
"""Time between two attempts to renew or take the lease."""


@dataclass(frozen=True)
class Record:
    """The spec of a Lease; `holder` is "" when the lease was released."""

    holder: str
    transitions: int
    duration_seconds: int
    renewed: str

    @classmethod
    def of(cls, lease: Object) -> "Record":
        """The record of a lease; without a spec the lease counts as free."""
        spec = lease.get("spec") or {}
        return cls(
            holder=str(spec.get("holderIdentity") or ""),
            transitions=int(spec.get("leaseTransitions") or 0),
            duration_seconds=int(spec.get("leaseDurationSeconds") or DURATION_SECONDS),
            renewed=str(spec.get("renewTime") or ""),
        )


def new_lease(name: str, holder: str, transitions: int, now: datetime) -> Object:
    """A new lease, taken by `holder`."""
    empty: Object = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": {"name": name}}
    return taken(empty, holder, transitions, now)


def taken(lease: Object, holder: str, transitions: int, now: datetime) -> Object:
    """The lease with a new holder; `transitions` counts the changes of holder so far."""
    times = {"acquireTime": _time(now), "renewTime": _time(now)}
    return _written(lease, holderIdentity=holder, leaseTransitions=transitions, **times)


def renewed(lease: Object, now: datetime) -> Object:
    """The lease, renewed by its holder."""
    return _written(lease, renewTime=_time(now))


def given_back(lease: Object, now: datetime) -> Object:
    """The lease without a holder, so that the next candidate need not wait."""
    return _written(lease, holderIdentity="", leaseDurationSeconds=1, renewTime=_time(now))


def _written(lease: Object, **spec: object) -> Object:
    return lease | {"spec": (lease.get("spec") or {}) | {"leaseDurationSeconds": DURATION_SECONDS} | spec}


def _time(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
