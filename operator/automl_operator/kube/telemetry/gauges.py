"""Gauges that are computed at each scrape: whether this process leads, and the age of the watches."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class LeaderGauge(Collector):
    """1 while this process leads."""

    def __init__(self, registry: CollectorRegistry, leads: Callable[[], bool]) -> None:
        self._leads = leads
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """The metric family without a sample; the registry calls it at registration, before there is a leader."""
        return [GaugeMetricFamily("automl_leader", "1 while this process leads.")]

    def collect(self) -> Iterable[Metric]:
        """The one sample."""
        return [GaugeMetricFamily("automl_leader", "1 while this process leads.", value=float(self._leads()))]


class WatchAgeGauge(Collector):
    """Seconds since each resource's watch last heard from the server; the greatest age where it has several watches."""

    def __init__(self, registry: CollectorRegistry, ages: Callable[[], Mapping[str, float]]) -> None:
        self._ages = ages
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """The metric family without a sample."""
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        """A sample for each resource."""
        family = self._family()
        for resource, seconds in sorted(self._ages().items()):
            family.add_metric([resource], seconds)
        return [family]

    @staticmethod
    def _family() -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "automl_watch_age_seconds",
            "Seconds since a resource's watch last heard from the server.",
            labels=["resource"],
        )
