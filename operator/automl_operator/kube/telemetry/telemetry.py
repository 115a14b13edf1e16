"""All instruments of one process, over one registry."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry

from automl_operator.kube.telemetry.experiments import ExperimentGauges
from automl_operator.kube.telemetry.gauges import LeaderGauge, WatchAgeGauge
from automl_operator.kube.telemetry.metrics import Metrics
from automl_operator.kube.telemetry.observers import ApiMetrics, BrokerMetrics, ControllerMetrics


class Telemetry:
    """`clock` returns seconds that never go back; `leads` and `ages` are called at each scrape."""

    def __init__(
        self,
        version: str,
        *,
        clock: Callable[[], float],
        leads: Callable[[], bool],
        ages: Callable[[], Mapping[str, float]],
    ) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry, version)
        self.experiments = ExperimentGauges(self.registry)
        self.clock = clock
        self.api = ApiMetrics(self.metrics)
        self.loop = ControllerMetrics(self.metrics, clock)
        self.broker = BrokerMetrics(self.metrics)
        LeaderGauge(self.registry, leads)
        WatchAgeGauge(self.registry, ages)
