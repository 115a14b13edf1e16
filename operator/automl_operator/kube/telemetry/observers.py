"""Observers of the API client, the reconcile loop and the broker: they update metrics and set the log scope."""

from collections.abc import Callable

from automl_api.kinds import Kind
from automl_api.protocol import Result
from automl_operator.broker.identity import RunnerId
from automl_operator.controller.observer import DecisionOutcome
from automl_operator.decisions.state.snapshot import Key
from automl_operator.decisions.state.work_id import parse_work_id
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.telemetry import scope
from automl_operator.kube.telemetry.metrics import Metrics


class ApiMetrics:
    """Counts calls to the API server (`kube.api.observer.ApiObserver`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """Count a request and its time; code 0: no answer."""
        self._metrics.api_requests.labels(verb, kind.plural, str(code)).inc()
        self._metrics.api_seconds.labels(verb).observe(seconds)

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """Record how long a call waited for a token."""
        self._metrics.throttle_seconds.labels(urgency.name.lower()).observe(seconds)

    def watched(self, kind: Kind, event: str) -> None:
        """Count an event of a watch."""
        self._metrics.watch_events.labels(kind.plural, event).inc()

    def relisted(self, kind: Kind, why: str) -> None:
        """Count a full list."""
        self._metrics.relists.labels(kind.plural, why).inc()

    def event_dropped(self) -> None:
        """Count an Event that was given up."""
        self._metrics.events_dropped.inc()


class ControllerMetrics:
    """Measures the queue and the reconciles, and sets their log scope (`controller.observer.ControllerObserver`)."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._waiting: dict[Key, float] = {}
        self._began: dict[Key, float] = {}

    def added(self, key: Key) -> None:
        """Record that an experiment waits in the queue."""
        self._metrics.queue_adds.inc()
        self._waiting.setdefault(key, self._clock())
        self._metrics.queue_depth.set(len(self._waiting))

    def begins(self, key: Key) -> None:
        """Record that the reconcile of an experiment begins."""
        scope.enter(namespace=key.namespace, experiment=key.name)
        now = self._clock()
        # An experiment whose timer fired did not wait in the queue.
        self._metrics.queue_seconds.observe(now - self._waiting.pop(key, now))
        self._metrics.queue_depth.set(len(self._waiting))
        self._began[key] = now

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """Record how the reconcile ended."""
        self._metrics.reconciles.labels(outcome).inc()
        self._metrics.reconcile_seconds.observe(self._clock() - self._began.pop(key))
        if outcome == "error":
            self._metrics.reconcile_errors.inc()


class BrokerMetrics:
    """Counts runners' calls, and sets their log scope (`broker.observer.BrokerObserver`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def arrived(self, path: str) -> None:  # noqa: ARG002  (the protocol's)
        """Clear the log scope: a connection's task serves many calls, and this call's runner is not known yet."""
        scope.enter()

    def identified(self, runner: RunnerId) -> None:
        """Set the log scope to the runner that calls."""
        scope.enter(namespace=runner.experiment.namespace, experiment=runner.experiment.name, runner=runner.name)

    def result_received(self, runner: RunnerId, result: Result) -> None:  # noqa: ARG002  (the protocol's)
        """Count a result."""
        work_id = parse_work_id(result.id)
        failure = result.failure.failure_class if result.failure is not None else "none"
        self._metrics.assignments_finished.labels(work_id.kind if work_id else "unknown", result.outcome, failure).inc()

    def answered(self, path: str, status: int, refusal: str) -> None:
        """Count a call by its status, and its refusal, if any."""
        self._metrics.broker_calls.labels(path, str(int(status))).inc()
        if refusal:
            self._metrics.broker_refused.labels(refusal).inc()

    def turned_away(self, reason: str) -> None:
        """Count a connection that was refused."""
        self._metrics.broker_refused.labels(reason).inc()
