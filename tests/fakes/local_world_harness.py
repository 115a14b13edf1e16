"""A LocalWorld in a test's folder, with a stub program instead of the runner."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from automl_api.protocol import RunnerEnvironment
from automl_operator.decisions.state.snapshot import Key, Pool
from automl_operator.local.opening import open_run
from automl_operator.local.records import RunRecords
from automl_operator.local.run_folder import RunFolder
from automl_operator.local.runners import RunnerProcesses
from automl_operator.local.world import LocalWorld
from builders.control import a_minimal_experiment
from builders.waiting import eventually

LEAVES_WITH_ITS_PARENT = (sys.executable, "-c", "import sys; sys.stdin.read()")
ENVIRONMENT = RunnerEnvironment(broker_url="http://127.0.0.1:1", token_file="")


@dataclass
class LocalWorldHarness:
    """The interface that WorldContract needs, and the objects behind it."""

    world: LocalWorld
    runners: RunnerProcesses
    records: RunRecords
    place: RunFolder
    key: Key
    pool: str = "local"

    async def edit(self, **changes: Any) -> None:
        """Edit the spec as a user does."""
        await self.world.edit(self.records.experiment.spec.replace(**changes))

    async def token(self, runner: str) -> str:
        """The token of a runner."""
        return (self.place.runtime / f"{runner}.token").read_text()

    async def end_runner(self, runner: str) -> None:
        """Kill a runner from outside."""
        os.kill(self.pid(runner), signal.SIGKILL)

    def pid(self, runner: str) -> int:
        """The process id of a runner. A process that was just started shows its environment a moment later."""
        token = str(self.place.runtime / f"{runner}.token")
        return eventually(f"{runner} runs", lambda: _pid_with("AUTOML_TOKEN_FILE", token), seconds=10.0)


def _pid_with(variable: str, value: str) -> int | None:
    """The child of this process with an environment variable."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if child.environ().get(variable) == value:
                return child.pid
    return None


@asynccontextmanager
async def local_world_harness(
    folder: Path, runner: tuple[str, ...] = LEAVES_WITH_ITS_PARENT
) -> AsyncIterator[LocalWorldHarness]:
    """A World without runners; every runner that a test starts is ended with the context."""
    place = RunFolder(folder)
    records = open_run(place, a_minimal_experiment(), datetime.now(UTC))
    changed = asyncio.Event()
    runners = RunnerProcesses(place, ENVIRONMENT, changed.set, runner)
    world = LocalWorld(place, records, runners, Pool("local", slots=2, max_runners=1), changed)
    yield LocalWorldHarness(world, runners, records, place, world.key)
    await runners.close()
