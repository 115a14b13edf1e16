"""What is cancelled ends in order: no write lands after the lock is given back, and no process is left behind."""

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from automl_operator.decisions.actions import CreateTrial
from automl_operator.local import records, runners
from automl_operator.local.cancellation import cancelled_once, uncancelled
from automl_operator.local.lock import FolderLock
from automl_operator.local.place import Place
from automl_operator.local.run import LocalRun, Settings
from builders.control import a_trial, an_experiment
from fakes.local_premises import local_premises

Outlasting = Callable[..., "asyncio.Future[str]"]
STUBBORN = (sys.executable, "-c", "import os, time; os.fork(); time.sleep(600)")


async def test_a_write_that_was_begun_has_ended_when_its_cancelled_call_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    write = records.write_atomically

    def slow(*arguments: object) -> None:
        begun.set()
        go_on.wait(10)
        write(*arguments)  # type: ignore[arg-type]

    async with local_premises(tmp_path / "run") as premises:
        monkeypatch.setattr(records, "write_atomically", slow)
        call = asyncio.create_task(premises.world.apply(premises.key, CreateTrial(a_trial())))
        await asyncio.to_thread(begun.wait, 10)
        for _ in range(3):
            call.cancel()
            await asyncio.sleep(0.01)
        assert not call.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert premises.records.trials == (a_trial(),)


async def test_a_run_that_is_cancelled_again_and_again_leaves_no_process_and_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "FAREWELL_SECONDS", 0.3)
    settings = Settings(cores=1, memory_bytes=2**30, children="fork", runner=STUBBORN)
    run = asyncio.create_task(LocalRun(an_experiment(), tmp_path / "run", settings, lambda view: None).run())
    async with asyncio.timeout(20):
        while not _stubborn():  # noqa: ASYNC110 - another process begins without telling us
            await asyncio.sleep(0.02)
        while not run.done():
            run.cancel()
            await asyncio.sleep(0.02)
    assert run.cancelled()
    assert not _stubborn()
    with FolderLock(Place(tmp_path / "run").lock):
        pass


def _stubborn() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.cmdline() == list(STUBBORN) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.mark.parametrize("outlast", [uncancelled, cancelled_once])
class TestOutlasting:
    async def test_what_nobody_cancels_gives_its_result(self, outlast: Outlasting) -> None:
        assert await outlast(_after(0.0)) == "done"

    async def test_the_caller_is_cancelled_once_the_work_has_ended(self, outlast: Outlasting) -> None:
        ended: list[str] = []
        call = asyncio.create_task(_outlasting(outlast, ended))
        for _ in range(4):
            await asyncio.sleep(0.01)
            call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert ended == ["cleaned up"]

    async def test_a_failure_is_more_than_a_cancellation(self, outlast: Outlasting) -> None:
        call = asyncio.create_task(_awaiting(outlast, _failing()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(OSError, match="the disk is full"):
            await call


async def _awaiting(outlast: Outlasting, work: object) -> None:
    await outlast(work)


async def _outlasting(outlast: Outlasting, ended: list[str]) -> None:
    async def work() -> str:
        try:
            return await _after(0.1)
        finally:
            await asyncio.sleep(0.05)
            ended.append("cleaned up")

    await outlast(work())


async def _after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


async def _failing() -> str:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0.05)
    raise OSError("the disk is full")
