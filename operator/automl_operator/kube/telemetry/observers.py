"""Who counts what the client, the loop and the broker tell of themselves, and says what their log lines are about."""

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


class ApiObserver:
    """Counts calls of the API server (`kube.api.observer.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def requested(self, verb: str, kind: Kind, code: int, seconds: float) -> None:
        """A request was answered, or was not (code 0)."""
        self._metrics.api_requests.labels(verb, kind.plural, str(code)).inc()
        self._metrics.api_seconds.labels(verb).observe(seconds)

    def throttled(self, urgency: Urgency, seconds: float) -> None:
        """A call waited for its turn."""
        self._metrics.throttle_seconds.labels(urgency.name.lower()).observe(seconds)

    def watched(self, kind: Kind, event: str) -> None:
        """A watch gave an event."""
        self._metrics.watch_events.labels(kind.plural, event).inc()

    def relisted(self, kind: Kind, why: str) -> None:
        """All objects were listed."""
        self._metrics.relists.labels(kind.plural, why).inc()


class LoopObserver:
    """Times the queue and the reconciles, and gives their log lines the experiment (`controller.observer.Observer`)."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._metrics = metrics
        self._clock = clock
        self._waiting: dict[Key, float] = {}
        self._began: dict[Key, float] = {}

    def added(self, key: Key) -> None:
        """An experiment waits, if it did not already."""
        self._metrics.queue_adds.inc()
        self._waiting.setdefault(key, self._clock())
        self._metrics.queue_depth.set(len(self._waiting))

    def begins(self, key: Key) -> None:
        """Its turn has come."""
        scope.enter(namespace=key.namespace, experiment=key.name)
        now = self._clock()
        # One that comes again by its timer did not wait in the queue.
        self._metrics.queue_seconds.observe(now - self._waiting.pop(key, now))
        self._metrics.queue_depth.set(len(self._waiting))
        self._began[key] = now

    def ended(self, key: Key, outcome: DecisionOutcome) -> None:
        """How it ended."""
        self._metrics.reconciles.labels(outcome).inc()
        self._metrics.reconcile_seconds.observe(self._clock() - self._began.pop(key))
        if outcome == "error":
            self._metrics.reconcile_errors.inc()


class BrokerObserver:
    """Counts runners' calls and gives their log lines the experiment and the runner (`broker.observer.Observer`)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def arrived(self, path: str) -> None:  # noqa: ARG002  (the protocol's)
        """A connection's task serves call after call: this one is nobody's yet."""
        scope.enter()

    def identified(self, runner: RunnerId) -> None:
        """Its caller is known."""
        scope.enter(namespace=runner.experiment.namespace, experiment=runner.experiment.name, runner=runner.name)

    def result_received(self, runner: RunnerId, result: Result) -> None:  # noqa: ARG002  (the protocol's)
        """A result came."""
        work_id = parse_work_id(result.id)
        failure = result.failure.failure_class if result.failure is not None else "none"
        self._metrics.assignments_finished.labels(work_id.kind if work_id else "unknown", result.outcome, failure).inc()

    def answered(self, path: str, status: int, refusal: str) -> None:
        """How the call ended."""
        self._metrics.broker_calls.labels(path, str(int(status))).inc()
        if refusal:
            self._metrics.broker_refused.labels(refusal).inc()

    def turned_away(self, reason: str) -> None:
        """A connection was not let in."""
        self._metrics.broker_refused.labels(reason).inc()
