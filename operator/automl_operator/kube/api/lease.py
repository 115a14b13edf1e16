"""What a coordination.k8s.io/Lease says, and how it is written, without losing what others wrote beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from automl_api.kinds import LEASES
from automl_operator.kube.api.api import Object

DURATION_SECONDS: Final = 15
"""Others take the lease when its record has not changed for so long."""
RENEW_DEADLINE_SECONDS: Final = 10.0
"""Who has not renewed for so long does not lead any more."""
RETRY_SECONDS: Final = 2.0
"""Between two attempts to renew or to take it."""


@dataclass(frozen=True)
class Record:
    """The spec of a Lease; `holder` is "" when it was given back."""

    holder: str
    transitions: int
    duration_seconds: int
    renewed: str

    @classmethod
    def of(cls, lease: Object) -> "Record":
        """Read leniently: what is missing is as if nobody held it."""
        spec = lease.get("spec") or {}
        return cls(
            holder=str(spec.get("holderIdentity") or ""),
            transitions=int(spec.get("leaseTransitions") or 0),
            duration_seconds=int(spec.get("leaseDurationSeconds") or DURATION_SECONDS),
            renewed=str(spec.get("renewTime") or ""),
        )


def new_lease(name: str, holder: str, transitions: int, now: datetime) -> Object:
    """A lease that nobody held before."""
    empty: Object = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "metadata": {"name": name}}
    return taken(empty, holder, transitions, now)


def taken(lease: Object, holder: str, transitions: int, now: datetime) -> Object:
    """The lease in other hands, which is so many changes of hands since it was made."""
    times = {"acquireTime": _time(now), "renewTime": _time(now)}
    return _written(lease, holderIdentity=holder, leaseTransitions=transitions, **times)


def renewed(lease: Object, now: datetime) -> Object:
    """The lease, still in its holder's hands."""
    return _written(lease, renewTime=_time(now))


def given_back(lease: Object, now: datetime) -> Object:
    """The lease in nobody's hands: the next one need not wait."""
    return _written(lease, holderIdentity="", leaseDurationSeconds=1, renewTime=_time(now))


def _written(lease: Object, **spec: object) -> Object:
    return lease | {"spec": (lease.get("spec") or {}) | {"leaseDurationSeconds": DURATION_SECONDS} | spec}


def _time(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
