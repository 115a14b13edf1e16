"""A cancelled run ends cleanly: no process is left behind, and the lock is released."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable
from pathlib import Path

import psutil
import pytest

from automl_operator.local import runners
from automl_operator.local.cancellation import cancelled_once
from automl_operator.local.lock import FolderLock
from automl_operator.local.run import LocalRun, RunSettings
from automl_operator.local.run_folder import RunFolder
from builders.control import a_minimal_experiment

STUBBORN = (sys.executable, "-c", "import os, time; os.fork(); time.sleep(600)")


async def test_a_run_that_is_cancelled_repeatedly_leaves_no_process_and_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "STOP_SECONDS", 0.3)
    settings = RunSettings(cores=1, memory_bytes=2**30, children="fork", runner=STUBBORN)
    run = asyncio.create_task(LocalRun(a_minimal_experiment(), tmp_path / "run", settings, lambda view: None).run())
    async with asyncio.timeout(20):
        while not _stubborn():  # noqa: ASYNC110 - another process begins without telling us
            await asyncio.sleep(0.02)
        while not run.done():
            run.cancel()
            await asyncio.sleep(0.02)
    assert run.cancelled()
    assert not _stubborn()
    with FolderLock(RunFolder(tmp_path / "run").lock):
        pass


def _stubborn() -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.cmdline() == list(STUBBORN) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


class TestOutlasting:
    async def test_work_that_is_not_cancelled_returns_its_result(self) -> None:
        assert await cancelled_once(_after(0.0)) == "done"

    async def test_the_caller_is_cancelled_once_the_work_has_ended(self) -> None:
        ended: list[str] = []
        call = asyncio.create_task(_outlasting(ended))
        for _ in range(4):
            await asyncio.sleep(0.01)
            call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert ended == ["cleaned up"]

    async def test_a_failure_takes_precedence_over_a_cancellation(self) -> None:
        call = asyncio.create_task(_awaiting(_failing()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(OSError, match="the disk is full"):
            await call


async def _awaiting(work: Awaitable[object]) -> None:
    await cancelled_once(work)


async def _outlasting(ended: list[str]) -> None:
    async def work() -> str:
        try:
            return await _after(0.1)
        finally:
            await asyncio.sleep(0.05)
            ended.append("cleaned up")

    await cancelled_once(work())


async def _after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


async def _failing() -> str:
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0.05)
    raise OSError("the disk is full")
