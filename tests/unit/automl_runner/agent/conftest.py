"""A broker on loopback, and runners as real processes, in both modes of having children."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import fakes.runner_program
import psutil
import pytest
from automl_api.protocol import RunnerEnvironment
from fakes.stub_broker import StubBroker

PROGRAM = Path(fakes.runner_program.__file__)


@pytest.fixture
async def broker():
    stub = StubBroker()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture(params=["fork", "spawn"])
def mode(request):
    return request.param


class RunnerProcess:
    """A runner started by a test; `lines` is its log once it has ended."""

    def __init__(self, process):
        self.process = process

    async def end(self, seconds=30.0):
        _, errors = await asyncio.wait_for(self.process.communicate(), seconds)
        return self.process.returncode, errors.decode()

    def descendants(self):
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
async def start_runner(broker, tmp_path):
    """Start a runner of `fakes/runner_program.py`; keyword arguments are fields of RunnerEnvironment."""
    token = tmp_path / "token"
    token.write_text("secret-token-of-this-runner")
    started = []

    async def start(**changes):
        fields = {"broker_url": broker.url, "token_file": str(token), "heartbeat_seconds": 0.5, **changes}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM),
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


async def gone(processes, seconds=5.0):
    """Wait until none of the processes lives; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while any(_lives(process) for process in processes):
            await asyncio.sleep(0.02)
    return True


def _lives(process):
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
