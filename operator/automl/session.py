"""Run an experiment on this machine to its end, or until Ctrl-C."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import Aborted, RunFailed, UserError
from automl_api import reasons
from automl_api.condition_types import FAILED
from automl_api.environment_names import CHILDREN
from automl_api.resources import Condition, Experiment

if TYPE_CHECKING:
    from automl.progress_reporter import ProgressReporter
    from automl_operator.local.run import LocalRun, RunSettings

USERS_REASONS = frozenset({reasons.DATA_INVALID, reasons.DATA_MISSING, reasons.SPEC_INVALID})
"""The reasons of failures that the user can correct."""


@dataclass(frozen=True)
class RunOutcome:
    """A complete run."""

    experiment: Experiment
    folder: Path

    @property
    def model(self) -> Path:
        """The folder of the bundle."""
        return self.folder / "model"


class FitSession:
    """A run that can be interrupted: the first interrupt publishes the best model so far, the second one aborts."""

    def __init__(self, experiment: Experiment, folder: Path, cores: int, reporter: "ProgressReporter") -> None:
        self._experiment = experiment
        self._folder = folder
        self._cores = cores
        self._reporter = reporter
        self._interrupts = 0
        self._interrupted = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> RunOutcome:
        """Run to the end, in a thread without an event loop. Raises AutoMLError."""
        return asyncio.run(self._run())

    def interrupt(self) -> None:
        """Do what Ctrl-C does; any thread may call it."""
        if self._loop is None:
            self._interrupt()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._interrupt)

    async def _run(self) -> RunOutcome:
        from automl_operator.local.errors import RunRefused
        from automl_operator.local.run import LocalRun

        self._loop = asyncio.get_running_loop()
        settings = _settings(self._cores, self._reporter.elapsed())
        run = LocalRun(self._experiment, self._folder, settings, self._reporter.watch)
        working = asyncio.create_task(run.run())
        with _signals(self._loop, self._interrupt, working.cancel):
            listening = asyncio.create_task(self._interrupt_run(run, working))
            try:
                ended = await working
            except RunRefused as error:
                raise UserError(str(error)) from error
            except asyncio.CancelledError:
                raise Aborted(f"aborted; nothing finished is lost: continue with --out {self._folder}") from None
            finally:
                listening.cancel()
                self._reporter.close()
        return self._outcome(ended)

    def _interrupt(self) -> None:
        self._interrupts += 1
        self._interrupted.set()

    async def _interrupt_run(self, run: "LocalRun", working: "asyncio.Task[Experiment]") -> None:
        await self._interrupted.wait()
        self._reporter.stopping()
        run.stop()
        while self._interrupts < 2:
            self._interrupted.clear()
            await self._interrupted.wait()
        self._reporter.aborting()
        working.cancel()

    def _outcome(self, experiment: Experiment) -> RunOutcome:
        if experiment.status.state == "Complete":
            return RunOutcome(experiment, self._folder)
        condition = _failed(experiment)
        reason, message = (condition.reason, condition.message) if condition else ("Unknown", "the run failed")
        if self._interrupts:
            raise Aborted(f"stopped before there was a model to publish; continue with --out {self._folder}")
        if reason in USERS_REASONS:
            raise UserError(message)
        raise RunFailed(f"{reason}: {message.splitlines()[0] if message else ''} (see {self._folder / 'log'})")


def _settings(cores: int, begun_seconds_ago: float) -> "RunSettings":
    from automl_operator.local.machine import this_machine
    from automl_operator.local.run import RunSettings

    # A fork of a process that has loaded macOS' frameworks is not safe there.
    usual = "fork" if sys.platform == "linux" else "spawn"
    children = os.environ.get(CHILDREN) or usual
    return RunSettings(cores, this_machine().memory_bytes, children, begun_seconds_ago=begun_seconds_ago)


def _failed(experiment: Experiment) -> Condition | None:
    return next((c for c in experiment.status.conditions if c.type == FAILED and c.status == "True"), None)


@contextmanager
def _signals(
    loop: asyncio.AbstractEventLoop, interrupt: Callable[[], object], end: Callable[[], object]
) -> Iterator[None]:
    """A context in which Ctrl-C calls `interrupt` and SIGTERM calls `end`. Only the main thread receives signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    loop.add_signal_handler(signal.SIGTERM, end)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)
        if before is not None:
            signal.signal(signal.SIGINT, before)
