"""One assignment at work: its child, its folds so far, and the reasons to end it early."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from automl_api.control_groups import out_of_memory_kills
from automl_api.protocol import Assignment, Progress, Result
from automl_api.protocol.calls import MAX_CURVE_POINTS
from automl_api.resources.trial import FoldResult
from automl_runner.agent import endings
from automl_runner.agent.endings import Stop, StopReason
from automl_runner.children.messages import ChildOutcome
from automl_runner.launchers import Child, Crash, Launcher

_log = logging.getLogger(__name__)

GRACE_SECONDS = 0.5
"""The time between SIGTERM and SIGKILL. It can be short, because children write a file whole or not at all."""


class Work:
    """An assignment from its receipt until its result is handed in. `on_fold` is called when a fold has ended."""

    def __init__(self, assignment: Assignment, on_fold: Callable[[], None]) -> None:
        self.assignment = assignment
        self.memory_bytes = 0
        self.peak_memory_bytes = 0
        self._on_fold = on_fold
        self._received = time.monotonic()
        self._folds: tuple[FoldResult, ...] = ()
        self._stop: Stop | None = None
        self._stopping = asyncio.Event()
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The child's process, while there is one."""
        return self._child.pid if self._child is not None else None

    def progress(self) -> Progress:
        """The state to report to the broker."""
        return Progress(
            id=self.assignment.id,
            attempt=self.assignment.attempt,
            folds=self._folds,
            seconds=self._seconds(),
            memory_bytes=self.memory_bytes,
        )

    def stop(self, reason: StopReason, message: str = "") -> None:
        """End the work at once. If it is called again, the first reason counts."""
        if self._stop is None:
            self._stop = Stop(reason, message)
            self._stopping.set()

    def measure(self, memory_bytes: int) -> None:
        """Remember the memory that its child holds now."""
        self.memory_bytes = memory_bytes
        self.peak_memory_bytes = max(self.peak_memory_bytes, memory_bytes)

    async def run(self, launcher: Launcher) -> Result:
        """Have a child do it; returns the result. Raises LauncherBroken."""
        with self._limits():
            ending = await self._ending(launcher)
        if isinstance(ending, ChildOutcome):
            self.peak_memory_bytes = max(self.peak_memory_bytes, ending.peak_memory_bytes)
        return endings.result(
            self.assignment,
            ending,
            self._stop,
            self._folds,
            seconds=self._seconds(),
            peak_memory_bytes=self.peak_memory_bytes,
        )

    async def _ending(self, launcher: Launcher) -> ChildOutcome | Crash:
        if self._stop is not None:
            return Crash(signal=signal.SIGTERM)
        kills = out_of_memory_kills()
        child = await launcher.start(self.assignment)
        self._child = child
        end = asyncio.create_task(self._end_when_stopped(child))
        try:
            return _explained(await child.ending(self._add), kills)
        except asyncio.CancelledError:
            child.send_signal(signal.SIGKILL)
            raise
        finally:
            self._child = None
            end.cancel()

    async def _end_when_stopped(self, child: Child) -> None:
        await self._stopping.wait()
        assert self._stop is not None
        _log.info("ending it: %s", self._stop.reason.value, extra={"assignment": self.assignment.id})
        child.send_signal(signal.SIGTERM)
        await asyncio.sleep(GRACE_SECONDS)
        child.send_signal(signal.SIGKILL)

    @contextlib.contextmanager
    def _limits(self) -> Iterator[None]:
        loop, timers = asyncio.get_running_loop(), []
        if (ends_in := self.assignment.ends_in_seconds) is not None:
            timers.append(loop.call_later(max(0.0, ends_in), self.stop, StopReason.BUDGET_SPENT))
        if (timeout := self.assignment.timeout_seconds) is not None:
            message = f"it was ended after {timeout:.0f} s, the most that one assignment may take"
            timers.append(loop.call_later(max(0.0, timeout), self.stop, StopReason.TIMEOUT, message))
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()

    def _add(self, fold: FoldResult) -> None:
        self._folds = (*self._folds, fold)[-MAX_CURVE_POINTS:]
        self._on_fold()

    def _seconds(self) -> float:
        return time.monotonic() - self._received


def _explained(ending: ChildOutcome | Crash, kills_before: int) -> ChildOutcome | Crash:
    """The ending, marked where the kernel killed the child or its zygote because memory ran out."""
    if isinstance(ending, ChildOutcome) or not (ending.lost or ending.signal == signal.SIGKILL):
        return ending
    return replace(ending, out_of_memory=out_of_memory_kills() > kills_before)
