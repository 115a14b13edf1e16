"""Children that are new processes and are reused, one for each slot: for macOS and CUDA, where a fork is not safe."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildOutcome
from automl_runner.launchers.conversation import Conversation
from automl_runner.launchers.launcher import Crash, children_environment
from automl_runner.launchers.output import Output

_log = logging.getLogger(__name__)
_EXIT_SECONDS = 2.0


class SpawnedChild:
    """A process that takes one assignment after another."""

    def __init__(
        self, process: asyncio.subprocess.Process, conversation: Conversation, output: Output, done: Callable[[], None]
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._conversation = conversation
        self._output = output
        self._done = done
        self._signalled = False

    @classmethod
    async def spawn(cls, command: Sequence[str], done: "Callable[[SpawnedChild], None]") -> "SpawnedChild":
        """Start a child; `done` is called whenever it is free for another assignment."""
        conversation, theirs = await Conversation.open()
        output, writing = await Output.open()
        process = await asyncio.create_subprocess_exec(
            *command, "spawned", str(theirs.fileno()), str(os.getpid()),
            stdin=asyncio.subprocess.DEVNULL, stdout=writing, stderr=writing,
            pass_fds=[theirs.fileno()], env=children_environment(), process_group=0,
        )  # fmt: skip
        os.close(writing)
        theirs.close()
        child = cls(process, conversation, output, lambda: done(child))
        return child

    def give(self, assignment: Assignment) -> None:
        """Send it an assignment; its output is logged for this one from now on."""
        self._output.forget(assignment.id)
        self._conversation.send(assignment)

    async def ending(self, on_fold: Callable[[FoldResult], None]) -> ChildOutcome | Crash:
        """The outcome, after which the child is free again, or its crash, after which another takes its place."""
        outcome = await self._conversation.outcome(on_fold)
        if outcome is not None and not self._signalled:
            self._done()
            return outcome
        self._conversation.close()
        if outcome is not None:
            # It finished while it was being ended: its result counts, but it must get no other assignment.
            self.send_signal(signal.SIGKILL)
            return outcome
        try:
            code = await asyncio.wait_for(self._process.wait(), _EXIT_SECONDS)
        except TimeoutError:
            self.send_signal(signal.SIGKILL)
            code = 1
        return Crash(signal=-code if code < 0 else 0, code=max(code, 0), last_lines=await self._output.tail())

    def send_signal(self, number: int) -> None:
        """Signal the process group; nothing happens if it has ended."""
        self._signalled = True
        if self.alive:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                _log.debug("child %d has ended already", self.pid)

    @property
    def alive(self) -> bool:
        """True until the process has ended."""
        return self._process.returncode is None

    async def kill(self) -> None:
        """Kill it and wait for its end."""
        self.send_signal(signal.SIGKILL)
        await self._process.wait()
        self._conversation.close()


class SpawnLauncher:
    """Starts a child when none is free. `command` starts a program that calls `automl_runner.children.serve`."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._all: list[SpawnedChild] = []
        self._free: list[SpawnedChild] = []

    async def open(self) -> None:
        """Start one child, so that it imports the libraries while the first work is leased."""
        self._free.append(await self._spawn())

    async def start(self, assignment: Assignment) -> SpawnedChild:
        """Give the assignment to a free child, or to a new one."""
        self._all = [child for child in self._all if child.alive]
        self._free = [child for child in self._free if child.alive]
        child = self._free.pop() if self._free else await self._spawn()
        child.give(assignment)
        return child

    def processes(self) -> tuple[int, ...]:
        """All living children."""
        return tuple(child.pid for child in self._all if child.alive)

    async def close(self) -> None:
        """Kill them all."""
        for child in self._all:
            await child.kill()

    async def _spawn(self) -> SpawnedChild:
        child = await SpawnedChild.spawn(self._command, self._put_back)
        self._all.append(child)
        return child

    def _put_back(self, child: SpawnedChild) -> None:
        self._free.append(child)
