"""A runner that speaks to an experiment's memory, without HTTP."""

from automl_operator.broker.call import Call
from automl_operator.broker.experiment_memory import ExperimentMemory
from builders.control import an_announcement

T0 = 1_000.0


class Runner:
    """A runner that speaks to an experiment's memory, without HTTP."""

    def __init__(self, memory: ExperimentMemory, uid: str = "r1", slots: int = 1) -> None:
        self.memory, self.uid, self.slots = memory, uid, slots
        self.ready = 0

    def ask(self, now: float = T0, free: int = 1, holding=()) -> Call:
        self.ready = 0
        return self.memory.ask(self.uid, an_announcement(self.slots), free, tuple(holding), now, self._on_ready)

    def answer(self, call: Call) -> list[str]:
        return [assignment.id for assignment in self.memory.answer(self.uid, call).assignments]

    def _on_ready(self) -> None:
        self.ready += 1


def session(memory: ExperimentMemory, now: float = T0):
    (only,) = memory.view(now).sessions
    return only
