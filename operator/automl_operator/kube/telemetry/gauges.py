"""Gauges that are asked when they are scraped: who leads, and how fresh the watches are."""

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
        """The family without a sample: registering asks for it before anybody leads."""
        return [GaugeMetricFamily("automl_leader", "1 while this process leads.")]

    def collect(self) -> Iterable[Metric]:
        """The one sample."""
        return [GaugeMetricFamily("automl_leader", "1 while this process leads.", value=float(self._leads()))]


class WatchAgeGauge(Collector):
    """Seconds since the last list, event or bookmark of each resource, the oldest where several watches follow it."""

    def __init__(self, registry: CollectorRegistry, ages: Callable[[], Mapping[str, float]]) -> None:
        self._ages = ages
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """The family without a sample."""
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
            "automl_watch_age_seconds", "Seconds since anything was heard of a resource.", labels=["resource"]
        )
