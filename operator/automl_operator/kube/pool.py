"""A pool as the platform's administrator configures it: nodes, resources, image and timeouts."""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, FiniteFloat

from automl_api.base import Model
from automl_api.names import MAX_NAME_LENGTH
from automl_api.quantities import DURATION_PATTERN, parse_duration
from automl_operator.kube.quantities import QUANTITY_PATTERN, parse_quantity

MAX_POOL_NAME: Final = 63 - MAX_NAME_LENGTH - len("-abcde") - len("-") - len("-9999")
"""A runner's Job is named EXPERIMENT-UID-POOL-INDEX, and a Job's name may have 63 characters."""


def _written(value: object) -> object:
    """The value as text: YAML reads `cpu: 2` as a number, but a quantity is text."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Quantity = Annotated[str, Field(pattern=QUANTITY_PATTERN), BeforeValidator(_written)]
Duration = Annotated[str, Field(min_length=2, max_length=20, pattern=DURATION_PATTERN)]
PoolName = Annotated[str, Field(min_length=1, max_length=MAX_POOL_NAME, pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$")]


class Toleration(Model):
    """A toleration of the pool's runners."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None
    toleration_seconds: int | None = None


class Resources(Model):
    """A runner's resource requests and limits."""

    requests: dict[str, Quantity] = Field(default_factory=dict)
    limits: dict[str, Quantity] = Field(default_factory=dict)


class PoolSettings(Model):
    """A class of nodes, and how its runners are configured."""

    image: str = ""
    """Empty: `runner.image`."""
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    resources: Resources = Resources()
    cost_per_hour: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    max_runners: Annotated[int, Field(ge=1, le=10_000)] = 10
    max_assignments_per_runner: Annotated[int, Field(ge=0)] = 0
    """0: no limit."""
    broker_timeout: Duration = "10m"
    idle_timeout: Duration = "30s"
    scale_up_timeout: Duration = "15m"
    pod_annotations: dict[str, str] = Field(default_factory=dict)

    @property
    def accelerator(self) -> str:
        """The one extended resource in its limits (`nvidia.com/gpu`), or "" without one."""
        return next(iter(_extended(self.resources.limits)), "")

    @property
    def slots(self) -> int:
        """Slots of one runner: whole cores of the cpu request, at least one."""
        return max(1, int(parse_quantity(self.resources.requests.get("cpu", "1"))))

    @property
    def memory_bytes(self) -> int:
        """The memory that one runner may use: the limit, else the request."""
        amount = self.resources.limits.get("memory") or self.resources.requests.get("memory", "0")
        return int(parse_quantity(amount))

    @property
    def broker_timeout_seconds(self) -> float:
        """Seconds for which a runner retries while the broker does not answer."""
        return parse_duration(self.broker_timeout)

    @property
    def idle_timeout_seconds(self) -> float:
        """Seconds for which a runner without work waits for work."""
        return parse_duration(self.idle_timeout)

    @property
    def scale_up_timeout_seconds(self) -> float:
        """Seconds for which a runner may wait for a node."""
        return parse_duration(self.scale_up_timeout)

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Problems that no single field shows: the path within the pool, and what to do."""
        yield from _problems_of_resources(self.resources)
        for field, text in (
            ("brokerTimeout", self.broker_timeout),
            ("idleTimeout", self.idle_timeout),
            ("scaleUpTimeout", self.scale_up_timeout),
        ):
            try:
                parse_duration(text)
            except ValueError as error:
                yield (field,), str(error)


def _problems_of_resources(resources: Resources) -> Iterator[tuple[tuple[str, ...], str]]:
    limits, requests = resources.limits, resources.requests
    if not limits.get("memory") and not requests.get("memory"):
        yield (
            ("resources",),
            "neither limits.memory nor requests.memory is given; a runner must know its memory, for example 4Gi",
        )
    if len(accelerators := list(_extended(limits))) > 1:
        yield ("resources", "limits"), f"more than one accelerator ({', '.join(accelerators)}); make one pool for each"
    for name in _extended(requests):
        if requests[name] != limits.get(name):
            yield ("resources", "requests", name), "an accelerator is given in limits; leave it out of requests"
    for name in accelerators:
        if (amount := parse_quantity(limits[name])) < 1 or amount != int(amount):
            yield ("resources", "limits", name), f'is "{limits[name]}"; must be a whole number, at least 1'
    for name in sorted(requests.keys() & limits.keys()):
        if parse_quantity(requests[name]) > parse_quantity(limits[name]):
            yield ("resources", "requests", name), f"is {requests[name]}, more than its limit {limits[name]}"
    for place, amounts in (("requests", requests), ("limits", limits)):
        for name in ("cpu", "memory"):
            if name in amounts and parse_quantity(amounts[name]) == 0:
                yield ("resources", place, name), "is 0; must be more than 0"


def _extended(amounts: dict[str, Quantity]) -> Iterator[str]:
    """The extended resources: their names have a domain other than Kubernetes' own."""
    return (name for name in sorted(amounts) if "/" in name and not name.split("/", 1)[0].endswith("kubernetes.io"))
