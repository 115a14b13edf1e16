"""The settings that the platform's administrator makes; the operator reads them from one file."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from automl_api.base import Model
from automl_api.resources.experiment import SecretReference, StoreSpec
from automl_api.schemes import uri_pattern
from automl_operator.kube.pool import PoolName, PoolSettings, Quantity

Namespace = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
Port = Annotated[int, Field(ge=0, le=65_535)]
"""0: any free port."""


class BrokerSettings(Model):
    """The address at which runners reach the broker, and its certificate."""

    url: Annotated[str, Field(pattern=r"^https://[^/\s]+/?$")]
    port: Port = 8443
    certificate: str = "/etc/automl/tls/tls.crt"
    """A PEM file, like the next two. They are read again when they change."""
    key: str = "/etc/automl/tls/tls.key"
    ca: str = "/etc/automl/tls/ca.crt"


class LeaderElectionSettings(Model):
    """The Lease for the election of a leader among several replicas."""

    enabled: bool = False
    namespace: Namespace = "automl-system"
    name: Namespace = "automl-operator"


class ApiSettings(Model):
    """The rate limit of calls to the API server."""

    qps: Annotated[FiniteFloat, Field(gt=0)] = 50.0
    burst: Annotated[int, Field(ge=1)] = 100


class HealthSettings(Model):
    """The port of /healthz, /readyz and /metrics, served over plain HTTP."""

    port: Port = 8080


class LogSettings(Model):
    """The level and the format of the log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class RunnerSettings(Model):
    """Settings for the runners of all pools."""

    image: str = ""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[SecretReference, ...] = ()
    run_as_user: Annotated[int, Field(ge=1)] | None = None
    """None: the platform assigns a user, or the image names one."""


class StoreSettings(Model):
    """The store for experiments that name none. Without a `uri` each gets a volume claim of its own."""

    uri: Annotated[str, Field(max_length=1024, pattern=f"^$|{uri_pattern('store', on_cluster=True)}")] = ""
    endpoint: Annotated[str, Field(max_length=1024)] = ""
    region: Annotated[str, Field(max_length=63)] = ""
    secret_ref: SecretReference | None = None

    def spec(self) -> StoreSpec | None:
        """The store in the form of an experiment's `spec.store`; None when there is none."""
        if not self.uri:
            return None
        return StoreSpec(uri=self.uri, endpoint=self.endpoint, region=self.region, secret_ref=self.secret_ref)


class ClaimSettings(Model):
    """The volume claim for an experiment without a store."""

    storage_class_name: str = ""
    """Empty: the cluster's default."""
    size: Quantity = "10Gi"


class OperatorSettings(Model):
    """The whole file. `settings_file.load_settings` reads it, and checks the fields against each other."""

    namespaces: tuple[Namespace, ...] = ()
    """The namespaces that are served; empty: all of them."""
    broker: BrokerSettings
    leader_election: LeaderElectionSettings = LeaderElectionSettings()
    api: ApiSettings = ApiSettings()
    health: HealthSettings = HealthSettings()
    log: LogSettings = LogSettings()
    runner: RunnerSettings = RunnerSettings()
    store: StoreSettings = StoreSettings()
    claim: ClaimSettings = ClaimSettings()
    pools: Annotated[dict[PoolName, PoolSettings], Field(min_length=1, max_length=16)]
    """By name."""

    def image(self, pool: str) -> str:
        """The image of a pool's runners. Raises KeyError for an unknown pool."""
        return self.pools[pool].image or self.runner.image
