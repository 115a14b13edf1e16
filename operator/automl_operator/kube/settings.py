"""What the platform's administrator decides, as the operator reads it from one file."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from automl_api.base import Model
from automl_api.resources.experiment import SecretReference, StoreSpec
from automl_api.schemes import uri_pattern
from automl_operator.kube.pool import PoolName, PoolSettings, Quantity

Namespace = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
Port = Annotated[int, Field(ge=0, le=65_535)]
"""0 is any free one."""


class BrokerSettings(Model):
    """Where runners reach the broker, and by which certificate they know it."""

    url: Annotated[str, Field(pattern=r"^https://[^/\s]+/?$")]
    port: Port = 8443
    certificate: str = "/etc/automl/tls/tls.crt"
    """Files in PEM; read again when they change."""
    key: str = "/etc/automl/tls/tls.key"
    ca: str = "/etc/automl/tls/ca.crt"


class LeaderElectionSettings(Model):
    """The Lease that more than one replica takes turns with."""

    enabled: bool = False
    namespace: Namespace = "automl-system"
    name: Namespace = "automl-operator"


class ApiSettings(Model):
    """How fast the API server is called."""

    qps: Annotated[FiniteFloat, Field(gt=0)] = 50.0
    burst: Annotated[int, Field(ge=1)] = 100


class HealthSettings(Model):
    """Where /healthz, /readyz and /metrics are served, over plain HTTP."""

    port: Port = 8080


class LogSettings(Model):
    """How much is logged, and how it is written."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class RunnerSettings(Model):
    """What holds for the runners of every pool."""

    image: str = ""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: tuple[SecretReference, ...] = ()
    run_as_user: Annotated[int, Field(ge=1)] | None = None
    """None where the platform assigns one, or the image names one."""


class StoreSettings(Model):
    """The store of experiments that name none; empty: a volume claim is made for each."""

    uri: Annotated[str, Field(max_length=1024, pattern=f"^$|{uri_pattern('store', on_cluster=True)}")] = ""
    endpoint: Annotated[str, Field(max_length=1024)] = ""
    region: Annotated[str, Field(max_length=63)] = ""
    secret_ref: SecretReference | None = None

    def spec(self) -> StoreSpec | None:
        """The store as an experiment would have named it; None when there is none."""
        if not self.uri:
            return None
        return StoreSpec(uri=self.uri, endpoint=self.endpoint, region=self.region, secret_ref=self.secret_ref)


class ClaimSettings(Model):
    """The volume claim that is made where no store is named."""

    storage_class_name: str = ""
    """Empty: the cluster's default."""
    size: Quantity = "10Gi"


class OperatorSettings(Model):
    """The whole file. Made by `settings_file.load_settings`, which also checks what no single field shows."""

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
        """The image of a pool's runners. Raises KeyError for a pool that there is not."""
        return self.pools[pool].image or self.runner.image
