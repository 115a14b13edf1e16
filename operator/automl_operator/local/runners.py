"""Starts, watches and stops runner processes on this machine; they end when this process ends."""

import asyncio
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from automl_api.control_groups import out_of_memory_kills
from automl_api.protocol import RunnerEnvironment
from automl_operator.broker.identity import RunnerId, Unauthorized
from automl_operator.decisions.state.snapshot import Ending, Key, RunnerState
from automl_operator.local.endings import ending, tail
from automl_operator.local.files import PRIVATE_UMASK, make_private
from automl_operator.local.run_folder import RunFolder

# -P: a user's random.py in the working directory must not shadow the standard library's.
RUNNER_COMMAND = (sys.executable, "-P", "-m", "automl_runner")
STOP_SECONDS = 2.0
"""The seconds that a runner may take to end before it and its children are killed."""


@dataclass
class _Runner:
    state: RunnerState
    owner: RunnerId
    process: Process
    token: str
    token_file: Path
    log: Path
    kills_before: int
    watcher: asyncio.Task[None] | None = field(default=None)


class RunnerProcesses:
    """The runners of one run. A runner's standard input is a pipe from this process; it ends when the pipe closes."""

    def __init__(
        self,
        place: RunFolder,
        environment: RunnerEnvironment,
        on_change: Callable[[], None],
        command: Sequence[str] = RUNNER_COMMAND,
    ) -> None:
        self._place = place
        self.environment = environment
        """The environment of every runner, without its token."""
        self._on_change = on_change
        self._command = tuple(command)
        self._runners: dict[str, _Runner] = {}
        self._stopping: set[asyncio.Task[None]] = set()

    def states(self) -> tuple[RunnerState, ...]:
        """All runners that were started and not stopped, including ended ones."""
        return tuple(runner.state for runner in self._runners.values())

    def identify(self, token: str) -> RunnerId:
        """The live runner with this token. Raises Unauthorized without one."""
        for runner in self._runners.values():
            if runner.state.phase == "running" and secrets.compare_digest(runner.token.encode(), token.encode()):
                return runner.owner
        raise Unauthorized("the token is not a live runner's")

    async def start(self, key: Key, name: str, pool: str) -> None:
        """Start a runner, unless it exists. Raises OSError."""
        if name in self._runners:
            return
        uid, token = uuid4().hex, secrets.token_urlsafe(32)
        log = self._place.log / f"{name}.log"
        token_file = self._write_token(name, token)
        kills = out_of_memory_kills()
        try:
            process = await self._launch(name, token_file, log)
        except BaseException:
            token_file.unlink(missing_ok=True)
            raise
        state = RunnerState(name=name, uid=uid, pool=pool, phase="running")
        runner = _Runner(state, RunnerId(key, name, uid), process, token, token_file, log, kills)
        self._runners[name] = runner
        runner.watcher = asyncio.create_task(self._watch(runner))
        self._on_change()

    async def stop(self, name: str) -> None:
        """Ask a runner, if it exists, to end, and kill it when it does not. Returns at once."""
        runner = self._runners.pop(name, None)
        if runner is None:
            return
        runner.state = replace(runner.state, phase="ended")
        stopping = asyncio.create_task(_end(runner))
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)
        self._on_change()

    async def close(self) -> None:
        """Stop every runner and wait until none of their processes is left."""
        for name in tuple(self._runners):
            await self.stop(name)
        await asyncio.gather(*self._stopping)

    def _write_token(self, name: str, token: str) -> Path:
        make_private(self._place.runtime)
        path = self._place.runtime / f"{name}.token"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(token)
        return path

    async def _launch(self, name: str, token_file: Path, log: Path) -> Process:
        make_private(self._place.log)
        environment = replace(
            self.environment,
            token_file=str(token_file),
            termination_log=str(self._place.log / f"{name}.unsent.json"),
            parent_pipe=True,
        )
        with log.open("ab") as output:
            # In its own session, because this process handles Ctrl-C, and the whole group can be killed at once.
            return await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=PRIVATE_UMASK,
                env={**os.environ, **environment.variables()},
            )

    async def _watch(self, runner: _Runner) -> None:
        code = await runner.process.wait()
        _kill_group(runner.process.pid)
        runner.token_file.unlink(missing_ok=True)
        if runner.state.phase == "ended":
            return
        starved = out_of_memory_kills() > runner.kills_before
        runner.state = replace(runner.state, phase="ended", ending=_ending(code, starved, runner.log))
        self._on_change()


def _ending(code: int, starved: bool, log: Path) -> Ending:
    return ending(code, out_of_memory=starved, log_tail=tail(log), log=str(log))


async def _end(runner: _Runner) -> None:
    pipe = runner.process.stdin
    if pipe is not None:
        pipe.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await runner.process.wait()
    except TimeoutError:
        _kill_group(runner.process.pid)
    if runner.watcher is not None:
        await runner.watcher


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return  # Every process of the group has ended.
