"""Every counter and histogram of the operator.

No label names a pod, a trial or a runner, so that the number of series stays small. `experiments` has the gauges of
experiments, and `gauges` has the ones that are computed at each scrape.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector

QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LONG: Final = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The instruments. The client library adds `_total` to a counter's name."""

    def __init__(self, registry: CollectorRegistry, version: str) -> None:
        self.registry = registry
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        build = Gauge("automl_build_info", "1, with the version as a label.", ["version"], registry=registry)
        build.labels(version).set(1)
        self._of_the_loop(registry)
        self._of_the_api(registry)
        self._of_the_work(registry)

    def _of_the_loop(self, registry: CollectorRegistry) -> None:
        self.reconciles = Counter(
            "automl_reconcile",
            "Reconciles by result: success, superseded (decided anew), unavailable (the cluster failed), error.",
            ["result"],
            registry=registry,
        )
        self.reconcile_errors = Counter(
            "automl_reconcile_errors", "Reconciles that ended in an unexpected error: each is a bug.", registry=registry
        )
        self.reconcile_seconds = Histogram(
            "automl_reconcile_duration_seconds", "Seconds of one reconcile.", buckets=QUICK, registry=registry
        )
        self.queue_depth = Gauge("automl_queue_depth", "Experiments that wait in the queue.", registry=registry)
        self.queue_adds = Counter("automl_queue_adds", "Experiments put into the queue.", registry=registry)
        self.queue_seconds = Histogram(
            "automl_queue_duration_seconds", "Seconds in the queue.", buckets=QUICK, registry=registry
        )

    def _of_the_api(self, registry: CollectorRegistry) -> None:
        self.api_requests = Counter(
            "automl_api_requests",
            "Requests to the API server by verb, resource and HTTP status (0: no answer).",
            ["verb", "resource", "code"],
            registry=registry,
        )
        self.api_seconds = Histogram(
            "automl_api_request_duration_seconds",
            "Seconds until the API server answered.",
            ["verb"],
            buckets=QUICK,
            registry=registry,
        )
        self.throttle_seconds = Histogram(
            "automl_api_throttle_wait_seconds",
            "Seconds that requests waited for a token, by urgency.",
            ["urgency"],
            buckets=QUICK,
            registry=registry,
        )
        self.watch_events = Counter(
            "automl_watch_events", "Events of watches by resource and type.", ["resource", "type"], registry=registry
        )
        self.relists = Counter(
            "automl_watch_lists", "Full lists by resource and cause.", ["resource", "cause"], registry=registry
        )
        self.events_dropped = Counter(
            "automl_events_dropped",
            "Kubernetes Events that were not written: too many waited, or the server refused them.",
            registry=registry,
        )

    def _of_the_work(self, registry: CollectorRegistry) -> None:
        self.suggestion_seconds = Histogram(
            "automl_suggestion_duration_seconds",
            "Seconds until the search answered, by algorithm.",
            ["algorithm"],
            buckets=LONG,
            registry=registry,
        )
        self.suggestion_errors = Counter(
            "automl_suggestion_errors",
            "Requests to the search that failed, by algorithm.",
            ["algorithm"],
            registry=registry,
        )
        self.assignments_finished = Counter(
            "automl_assignments_finished",
            "Results received, by kind of assignment, outcome and failure class (none: no failure).",
            ["kind", "outcome", "failure_class"],
            registry=registry,
        )
        self.trials_finished = Counter(
            "automl_trials_finished", "Trials that ended, by final state.", ["state"], registry=registry
        )
        self.broker_calls = Counter(
            "automl_broker_calls", "Runners' calls by path and HTTP status.", ["path", "code"], registry=registry
        )
        self.broker_refused = Counter(
            "automl_broker_refused", "Calls that were refused, by reason.", ["reason"], registry=registry
        )
        self.results_refused = Counter(
            "automl_results_refused",
            "Results refused because their sender does not hold the assignment, by reason.",
            ["reason"],
            registry=registry,
        )
