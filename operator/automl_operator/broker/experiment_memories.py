"""One desk book an experiment, and who is told when one has changed."""

from collections.abc import Callable

from automl_api.resources import Experiment
from automl_api.resources.experiment_status import FINAL_STATES
from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.decisions.state.snapshot import Key, RunnerState


class ExperimentMemories:
    """The desk books by experiment. `on_change` is called with the key of an experiment that must be decided anew."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        """Unix seconds."""
        self.on_change: Callable[[Key], None] = lambda key: None  # noqa: ARG005  (nobody listens yet)
        self._memories: dict[Key, ExperimentMemory] = {}

    def of(self, key: Key) -> ExperimentMemory:
        """The book of an experiment, opened when it is first asked for, be it by a runner that we do not know yet."""
        if key not in self._memories:
            self._memories[key] = ExperimentMemory(self.clock())
        return self._memories[key]

    def attend(self, key: Key, experiment: Experiment, runners: tuple[RunnerState, ...]) -> ExperimentMemory:
        """The book of an experiment as the World knows it now; one that was made anew gets a new book."""
        uid = experiment.metadata.uid
        memory = self.of(key)
        if memory.uid not in ("", uid):
            self.forget(key)
            memory = self.of(key)
        memory.uid = uid
        memory.attend(
            experiment.status.active_seconds,
            counting=not experiment.spec.rests and experiment.status.state not in FINAL_STATES,
            ended=[runner.uid for runner in runners if runner.phase == "ended"],
            now=self.clock(),
        )
        if experiment.status.state in FINAL_STATES:
            memory.slim()
        return memory

    def stalled(self, seconds: float) -> None:
        """This process was not there for so long, until now: that much of every runner's silence does not count."""
        for memory in self._memories.values():
            memory.stalled(seconds, self.clock())

    def forget(self, key: Key) -> None:
        """The experiment is gone: whoever waits at its desk is answered with nothing."""
        memory = self._memories.pop(key, None)
        if memory is not None:
            memory.answer_all()

    def close(self) -> None:
        """Answer every open call."""
        for memory in self._memories.values():
            memory.answer_all()
