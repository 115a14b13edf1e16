"""Children forked from a zygote: they start in milliseconds and share only what was imported."""

import asyncio
import logging
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from automl_api.protocol import Assignment
from automl_api.resources.trial import FoldResult
from automl_runner.children.messages import ChildOutcome, ForkRequest
from automl_runner.children.program import need_of
from automl_runner.launchers.conversation import Conversation
from automl_runner.launchers.launcher import Crash, LauncherBroken
from automl_runner.launchers.output import Output
from automl_runner.launchers.zygote_process import ForkRefused, ZygoteLost, ZygoteProcess

_log = logging.getLogger(__name__)
_TRIES = 3
_EXIT_SECONDS = 2.0
_MOST_AHEAD = 4


class ForkedChild:
    """A child of the zygote; it ends with its assignment."""

    def __init__(self, pid: int, ended: asyncio.Future[Crash], conversation: Conversation, output: Output) -> None:
        self.pid = pid
        self._ended = ended
        self._conversation = conversation
        self._output = output

    def give(self, assignment: Assignment) -> None:
        """Send it its one assignment."""
        self._output.forget(assignment.id)
        self._conversation.send(assignment)

    def abandon(self) -> None:
        """Give it no assignment, so that it ends by itself."""
        self._conversation.close()

    @property
    def alive(self) -> bool:
        """True until the child is reported as ended."""
        return not self._ended.done()

    async def ending(self, on_fold: Callable[[FoldResult], None]) -> ChildOutcome | Crash:
        """The outcome as soon as it is reported, or the crash. The zygote reaps the process a moment later."""
        try:
            outcome = await self._conversation.outcome(on_fold)
        finally:
            self._conversation.close()
        if outcome is not None:
            return outcome
        try:
            crash = await asyncio.wait_for(asyncio.shield(self._ended), _EXIT_SECONDS)
        except TimeoutError:
            # It closed its socket but does not end. Whatever it still does, it cannot report any more.
            self.send_signal(signal.SIGKILL)
            crash = Crash(code=1)
        return replace(crash, last_lines=await self._output.tail())

    def send_signal(self, number: int) -> None:
        """Signal the child's process group; nothing happens if it has ended."""
        if self.alive:
            _signal_group(self.pid, number)


class ForkLauncher:
    """Keeps a zygote alive, and children forked ahead for up to four slots, so that work seldom waits for a fork.

    `command` starts a program that calls `automl_runner.children.serve`.
    """

    def __init__(self, command: Sequence[str], slots: int = 1) -> None:
        self._command = command
        self._zygote: ZygoteProcess | None = None
        self._starting = asyncio.Lock()
        self._failed_starts = 0
        self._forks = 0
        self._ahead = min(slots, _MOST_AHEAD)
        self._spares: deque[asyncio.Task[ForkedChild]] = deque()

    async def open(self) -> None:
        """Start the zygote, so that it imports the libraries while the first work is leased."""
        await self._living_zygote()

    async def start(self, assignment: Assignment) -> ForkedChild:
        """Give a child its assignment. Raises LauncherBroken when zygotes or forks fail repeatedly."""
        child = await self._take_spare() or await self._fork_surely(need_of(assignment))
        child.give(assignment)
        while self._zygote and self._zygote.ready.is_set() and len(self._spares) < self._ahead:
            self._spares.append(asyncio.create_task(self._fork(self._zygote, need="")))
        return child

    def processes(self) -> tuple[int, ...]:
        """The children, then the zygote."""
        zygote = self._zygote
        return (*zygote.living(), zygote.process.pid) if zygote and not zygote.lost.is_set() else ()

    async def close(self) -> None:
        """Kill the zygote and its children."""
        if self._zygote:
            await self._zygote.kill()
        while self._spares:
            if spare := await self._take_spare():
                spare.abandon()

    async def _living_zygote(self) -> ZygoteProcess:
        async with self._starting:
            old = self._zygote
            if old and not old.lost.is_set():
                return old
            if old:
                await self._replace_zygote(old)
            self._zygote = await ZygoteProcess.start(self._command)
            return self._zygote

    async def _replace_zygote(self, zygote: ZygoteProcess) -> None:
        await zygote.kill()
        self._failed_starts = 0 if zygote.ready.is_set() else self._failed_starts + 1
        _log.warning("the zygote ended with %s; starting another", zygote.process.returncode)
        if self._failed_starts >= _TRIES:
            raise LauncherBroken(
                f"the zygote ended {_TRIES} times while it imported the libraries; see its lines in the log"
            )

    async def _take_spare(self) -> ForkedChild | None:
        if not self._spares:
            return None
        try:
            child = await self._spares.popleft()
        except (ZygoteLost, ForkRefused) as error:
            _log.info("a child could not be forked ahead: %s", type(error).__name__)
            return None
        if child.alive:
            return child
        child.abandon()
        return None

    async def _fork_surely(self, need: str) -> ForkedChild:
        for _ in range(_TRIES):
            zygote = await self._living_zygote()
            try:
                return await self._fork(zygote, need)
            except ZygoteLost:
                continue
            except ForkRefused as refused:
                raise LauncherBroken(str(refused)) from refused
        raise LauncherBroken(f"the zygote ended {_TRIES} times while it was asked to fork; see its lines in the log")

    async def _fork(self, zygote: ZygoteProcess, need: str) -> ForkedChild:
        conversation, theirs = await Conversation.open()
        output, writing = await Output.open()
        self._forks += 1
        try:
            pid, ended = await zygote.fork(ForkRequest(id=str(self._forks), need=need), theirs.fileno(), writing)
        except BaseException:
            conversation.close()
            raise
        finally:
            theirs.close()
            os.close(writing)
        return ForkedChild(pid, ended, conversation, output)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        _log.debug("child %d has ended already", pid)
