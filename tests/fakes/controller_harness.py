"""A controller over a World in memory, with decisions that a test chooses."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.controller.controller import Controller
from automl_operator.decisions import decide
from automl_operator.decisions.state.actions import (
    Decision,
)
from automl_operator.decisions.state.broker_state import BrokerState
from automl_operator.decisions.state.snapshot import Key, Pool, Snapshot
from builders.control import (
    a_minimal_experiment,
    an_announcement,
)
from fakes.clock import FakeClock, settle
from fakes.suggestions import FakeSuggestions
from fakes.world import FakeWorld

NOTHING = Decision()


class ControllerHarness:
    """A controller over a World in memory, with decisions that the test chooses."""

    def __init__(self, *pools: Pool) -> None:
        self.clock = FakeClock()
        self.world = FakeWorld(*((pools,) if pools else ()))
        self.memories = ExperimentMemories(self.clock)
        self.suggestions = FakeSuggestions()
        self.decided: list[tuple[Key, Snapshot, BrokerState, float]] = []
        self.decide: Callable[[Snapshot, BrokerState], Decision] = lambda snapshot, broker: NOTHING
        self.controller = Controller(
            self.world, self.memories, self._decide, self.suggestions, clock=self.clock, sleep=self.clock.sleep
        )

    def _decide(self, snapshot: Snapshot, broker: BrokerState, now: float) -> Decision:
        metadata = snapshot.experiment.metadata
        self.decided.append((Key(metadata.namespace, metadata.name), snapshot, broker, now))
        return self.decide(snapshot, broker)

    def decide_truly(self) -> None:
        """Use the real decisions from now on."""
        self.decide = lambda snapshot, broker: decide(snapshot, broker, self.clock())

    def decide_once(self, *actions, requeue_after: float | None = None) -> None:
        """Set the next decision; later ones do nothing."""
        queue = [Decision(actions, requeue_after)]
        self.decide = lambda snapshot, broker: queue.pop() if queue else NOTHING

    def create(self, name: str = "churn") -> Key:
        return self.world.create(a_minimal_experiment(name))

    def applied(self, key: Key) -> list[type]:
        return [type(action) for owner, action in self.world.applied if owner == key]

    def waiting_runner(self, key: Key, uid: str = "r1", free: int = 1, holding=(), **announced: Any) -> list[bool]:
        """A runner waits for work; the returned list gets an entry when its call is to be answered."""
        answered: list[bool] = []
        memory = self.memories.of(key)
        memory.ask(uid, an_announcement(free, **announced), free, holding, self.clock(), lambda: answered.append(True))
        return answered

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.controller.run())
        await settle()
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
