"""The fake World keeps the contract of the real ones."""

from dataclasses import dataclass
from typing import Any

import pytest

from automl_operator.decisions.state.snapshot import Key
from builders.control import a_minimal_experiment
from contracts.world import WorldContract
from fakes.world import FakeWorld


@dataclass
class FakeWorldHarness:
    world: FakeWorld
    key: Key
    pool: str = "cpu"

    async def edit(self, **changes: Any) -> None:
        self.world.edit(self.key, **changes)

    async def token(self, runner: str) -> str:
        return self.world.token(runner)

    async def end_runner(self, runner: str) -> None:
        self.world.end_runner(self.key, runner)


class TestFakeWorld(WorldContract):
    @pytest.fixture
    def harness(self) -> FakeWorldHarness:
        world = FakeWorld()
        return FakeWorldHarness(world, world.create(a_minimal_experiment()))
