"""Gauges of experiments, from the state that their last decision saw. Most are sums, to limit the number of series."""

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from automl_api.resources.experiment_status import FINAL_STATES, ExperimentStatus
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Key, Snapshot

MOST_SERIES: Final = 200
TRIAL_STATES: Final = ("running", "succeeded", "stopped", "infeasible", "failed")


@dataclass(frozen=True)
class _Figures:
    status: ExperimentStatus
    active_seconds: float
    leases: int
    runners: tuple[tuple[str, str], ...]
    """Pool and phase of each runner."""


class ExperimentGauges(Collector):
    """Sums over all experiments, and two series each for at most `most` of them.

    A new experiment takes the series of the oldest ended one, else of the oldest one.
    """

    def __init__(self, registry: CollectorRegistry, most: int = MOST_SERIES) -> None:
        self._most = most
        self._figures: dict[Key, _Figures] = {}
        self._shown: dict[Key, None] = {}
        """The experiments with series of their own, the oldest first."""
        self._hidden: set[Key] = set()
        self._dropped = Counter(
            "automl_series_dropped", "Experiments that lost their own series to newer ones.", registry=registry
        )
        registry.register(self)

    def saw(self, key: Key, snapshot: Snapshot, broker: BrokerState) -> None:
        """Record the state that a decision on an experiment saw."""
        self._figures[key] = _Figures(
            status=snapshot.experiment.status,
            active_seconds=broker.active_seconds,
            leases=len(broker.leases),
            runners=tuple((runner.pool, runner.phase) for runner in snapshot.runners),
        )
        if key not in self._shown and key not in self._hidden:
            self._make_room()
            self._shown[key] = None

    def gone(self, key: Key) -> None:
        """Forget a deleted experiment."""
        self._figures.pop(key, None)
        self._shown.pop(key, None)
        self._hidden.discard(key)

    def _make_room(self) -> None:
        if len(self._shown) < self._most:
            return
        ended = (key for key in self._shown if self._figures[key].status.state in FINAL_STATES)
        oldest = next(ended, next(iter(self._shown)))
        del self._shown[oldest]
        self._hidden.add(oldest)
        self._dropped.inc()

    def describe(self) -> Iterable[Metric]:
        """The metric families without samples."""
        return self._sums({}) + self._one_by_one([])

    def collect(self) -> Iterable[Metric]:
        """The sums over all experiments, and the series of single experiments."""
        return self._sums(self._figures) + self._one_by_one([(key, self._figures[key]) for key in self._shown])

    @staticmethod
    def _sums(figures: dict[Key, _Figures]) -> list[Metric]:
        experiments = GaugeMetricFamily("automl_experiments", "Experiments by state.", labels=["state"])
        for now, count in sorted(Tally(each.status.state for each in figures.values()).items()):
            experiments.add_metric([now], count)
        trials = GaugeMetricFamily("automl_trials", "Trials by state, as the statuses count them.", labels=["state"])
        for state in TRIAL_STATES:
            trials.add_metric([state], sum(getattr(each.status.trials, state) for each in figures.values()))
        runners = GaugeMetricFamily("automl_runners", "Runners by pool and phase.", labels=["pool", "phase"])
        for (pool, phase), count in sorted(
            Tally(runner for each in figures.values() for runner in each.runners).items()
        ):
            runners.add_metric([pool, phase], count)
        assignments = GaugeMetricFamily("automl_assignments", "Assignments that runners hold (live leases).")
        assignments.add_metric([], sum(each.leases for each in figures.values()))
        return [experiments, trials, runners, assignments]

    @staticmethod
    def _one_by_one(shown: list[tuple[Key, _Figures]]) -> list[Metric]:
        labels = ["namespace", "experiment"]
        best = GaugeMetricFamily("automl_experiment_best_score", "The best score so far, in its metric.", labels=labels)
        spent = GaugeMetricFamily("automl_experiment_active_seconds", "Seconds spent of the budget.", labels=labels)
        for key, each in shown:
            if each.status.best is not None:
                best.add_metric([key.namespace, key.name], each.status.best.score)
            spent.add_metric([key.namespace, key.name], each.active_seconds)
        return [best, spent]
