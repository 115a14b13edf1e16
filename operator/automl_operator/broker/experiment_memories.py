"""One memory for each experiment, and the callback for changes in them."""

from collections.abc import Callable

from automl_api.resources import Experiment
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.decisions.state.snapshot import Key, RunnerState


class ExperimentMemories:
    """The memories by experiment. `on_change` is called with the key of an experiment that needs a new decision."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        """Unix seconds."""
        self.on_change: Callable[[Key], None] = lambda key: None  # noqa: ARG005  (no listener yet)
        self._memories: dict[Key, ExperimentMemory] = {}

    def of(self, key: Key) -> ExperimentMemory:
        """The memory of an experiment. The first use creates it, perhaps a runner's call before the first reconcile."""
        if key not in self._memories:
            self._memories[key] = ExperimentMemory(self.clock())
        return self._memories[key]

    def sync(self, key: Key, experiment: Experiment, runners: tuple[RunnerState, ...]) -> ExperimentMemory:
        """Update an experiment's memory from the World. A deleted and recreated experiment gets a new memory."""
        uid = experiment.metadata.uid
        memory = self.of(key)
        if memory.uid not in ("", uid):
            self.forget(key)
            memory = self.of(key)
        memory.uid = uid
        memory.sync(
            experiment.status.active_seconds,
            counting=not experiment.spec.rests and experiment.status.state not in FINAL_STATES,
            ended=[runner.uid for runner in runners if runner.phase == "ended"],
            now=self.clock(),
        )
        if experiment.status.state in FINAL_STATES:
            memory.slim()
        return memory

    def stalled(self, seconds: float) -> None:
        """Record that this process stood still for `seconds`, until now. It does not count as runners' silence."""
        for memory in self._memories.values():
            memory.stalled(seconds, self.clock())

    def forget(self, key: Key) -> None:
        """Drop the memory of a deleted experiment. Its open calls get an empty response."""
        memory = self._memories.pop(key, None)
        if memory is not None:
            memory.answer_all()

    def close(self) -> None:
        """Answer every open call."""
        for memory in self._memories.values():
            memory.answer_all()
