"""Wrappers around the World, the decisions and the search that count and log what passes through them."""

import logging
from collections.abc import AsyncIterator, Callable

from automl_api.resources.trial import FINAL_TRIAL_STATES, RefitStatus, TrialStatus
from automl_operator.controller.suggestions import Suggestions
from automl_operator.controller.world import World
from automl_operator.decisions.state.actions import (
    CreateModel,
    CreateTrial,
    Decision,
    DropResult,
    StartRunner,
    StopRunner,
    WorldAction,
    WriteTrialStatus,
)
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Key, Snapshot
from automl_operator.kube.telemetry import scope
from automl_operator.kube.telemetry.experiments import ExperimentGauges
from automl_operator.kube.telemetry.metrics import Metrics
from automl_operator.search.suggester import SuggestAnswer, SuggestRequest

logger = logging.getLogger(__name__)
Decide = Callable[[Snapshot, BrokerState, float], Decision]


class MeteredWorld:
    """A World that logs durable actions with their trial or runner, and counts the trials that end."""

    def __init__(self, world: World, metrics: Metrics, experiments: ExperimentGauges) -> None:
        self._world = world
        self._metrics = metrics
        self._experiments = experiments

    async def observe(self, key: Key) -> Snapshot | None:
        """See World."""
        snapshot = await self._world.observe(key)
        if snapshot is None:
            self._experiments.gone(key)
        return snapshot

    async def apply(self, key: Key, action: WorldAction) -> None:
        """See World."""
        with scope.narrowed(**_about(action)):
            await self._world.apply(key, action)
            if text := _log_text(action):
                logger.info(text)
        if isinstance(action, WriteTrialStatus) and _ends(action.status):
            self._metrics.trials_finished.labels(action.status.state).inc()

    def changes(self) -> AsyncIterator[Key]:
        """See World."""
        return self._world.changes()


def _ends(status: TrialStatus) -> bool:
    """True when this status ends the trial; a status with a refit comes after that."""
    return status.state in FINAL_TRIAL_STATES and status.refit is None


def _about(action: WorldAction) -> dict[str, str]:
    match action:
        case CreateTrial(trial):
            return {"trial": trial.metadata.name}
        case WriteTrialStatus(name=name):
            return {"trial": name}
        case StartRunner(name=name) | StopRunner(name=name):
            return {"runner": name}
        case _:
            return {}


def _log_text(action: WorldAction) -> str:
    match action:
        case CreateTrial(trial):
            return f"trial created: {trial.spec.configuration.learner} ({trial.spec.origin})"
        case WriteTrialStatus(status=TrialStatus(refit=RefitStatus(result=result, message=message))):
            rows = "all" if result is None or result.share == 1 else f"{100 * result.share:.3g}% of the"
            return f"trial is trained on {rows} rows" if result else f"training on all rows failed: {message:.500}"
        case WriteTrialStatus(status=status):
            ended = f"trial is {status.state}" + (f", score {status.score:.6g}" if status.score is not None else "")
            return ended + (f" ({status.reason})" if status.reason else "")
        case StartRunner(pool=pool):
            return f"runner started in pool {pool}"
        case StopRunner(reason=reason):
            return f"runner stopped: {reason}"
        case CreateModel(model):
            return f"model published: {model.metadata.name}"
        case _:
            return ""


class MeteredSuggestions:
    """A search that measures its time. `clock` returns seconds that never go back."""

    def __init__(self, suggestions: Suggestions, metrics: Metrics, clock: Callable[[], float]) -> None:
        self._suggestions = suggestions
        self._metrics = metrics
        self._clock = clock

    async def suggest(self, request: SuggestRequest, tenant: str = "") -> SuggestAnswer:
        """See Suggestions."""
        began = self._clock()
        try:
            answer = await self._suggestions.suggest(request, tenant)
        except Exception:
            self._metrics.suggestion_errors.labels(request.algorithm).inc()
            raise
        self._metrics.suggestion_seconds.labels(request.algorithm).observe(self._clock() - began)
        return answer


def metered(decide: Decide, experiments: ExperimentGauges, metrics: Metrics) -> Decide:
    """`decide`, but its input also updates the gauges, and its refused results are counted and logged."""

    def decide_metered(snapshot: Snapshot, broker: BrokerState, now: float) -> Decision:
        metadata = snapshot.experiment.metadata
        experiments.saw(Key(metadata.namespace, metadata.name), snapshot, broker)
        decision = decide(snapshot, broker, now)
        refused = [action for action in decision.actions if isinstance(action, DropResult) and action.refused]
        for action in refused:
            metrics.results_refused.labels(action.refused).inc()
        if refused:
            first = refused[0]
            logger.warning("%d results refused; %.100s: %s", len(refused), first.assignment, first.refused)
        return decision

    return decide_metered
