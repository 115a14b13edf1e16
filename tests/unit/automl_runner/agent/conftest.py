"""A broker on loopback, and runners as real processes, with forked and with spawned children."""

import asyncio
import contextlib
import os
import random
import sys
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

import fakes.runner_program
from automl_api.protocol import RunnerEnvironment
from automl_runner.agent.service import serve_broker
from automl_runner.launchers import ForkLauncher, SpawnLauncher
from fakes.stub_broker import StubBroker

PROGRAM = Path(fakes.runner_program.__file__)
TOKEN = "secret-token-of-this-runner"


@pytest_asyncio.fixture(loop_scope="module")
async def broker():
    stub = StubBroker()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture(params=["fork", "spawn"])
def mode(request):
    return request.param


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=["fork", "spawn"])
async def launcher(request):
    """A launcher of children as real processes, shared by the tests of a file; the agent runs in the test's own loop."""
    kind = ForkLauncher if request.param == "fork" else SpawnLauncher
    launcher = kind((sys.executable, "-P", str(PROGRAM)))
    await launcher.open()
    yield launcher
    await launcher.close()


@pytest.fixture
def run_agent(broker, launcher, tmp_path):
    """Run an agent until it leaves; keyword arguments are fields of RunnerEnvironment. Returns the results."""
    token = tmp_path / "token"
    token.write_text(TOKEN)

    async def run(*assignments, seconds=30.0, **changes):
        broker.give(*assignments)
        fields = {"broker_url": broker.url, "token_file": str(token), "heartbeat_seconds": 0.5, **changes}
        environment = RunnerEnvironment(**fields)
        service = serve_broker(
            environment, launcher, ("sleep",), generator=random.Random(0), on_begin=lambda agent: None
        )
        assert await asyncio.wait_for(service, seconds) == 0
        return {request.result.id: request.result for request in broker.results}

    return run


class RunnerProcess:
    """A runner started by a test; `lines` is its log once it has ended."""

    def __init__(self, process):
        self.process = process

    async def end(self, seconds=30.0):
        """Wait for the end, but not by `communicate`, which closes the parent's pipe since Python 3.12."""
        async with asyncio.timeout(seconds):
            errors = await self.process.stderr.read()
            return await self.process.wait(), errors.decode()

    def descendants(self):
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest_asyncio.fixture(loop_scope="module")
async def start_runner(broker, tmp_path):
    """Start a runner of `fakes/runner_program.py`; keyword arguments are fields of RunnerEnvironment."""
    token = tmp_path / "token"
    token.write_text(TOKEN)
    started = []

    async def start(**changes):
        fields = {"broker_url": broker.url, "token_file": str(token), "heartbeat_seconds": 0.5, **changes}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", str(PROGRAM),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **RunnerEnvironment(**fields).variables()},
        )  # fmt: skip
        started.append(process)
        return RunnerProcess(process)

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


@pytest.fixture
def gone():
    """Wait until none of the processes lives; raises TimeoutError."""

    async def wait(processes, seconds=5.0):
        async with asyncio.timeout(seconds):
            while any(_lives(process) for process in processes):  # noqa: ASYNC110 - other processes end without telling us
                await asyncio.sleep(0.02)
        return True

    return wait


def _lives(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
