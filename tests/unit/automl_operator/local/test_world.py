"""The World on one machine keeps the contract of every World, with a stub program instead of the runner."""

import asyncio
import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from automl_operator.controller.world import Unavailable, WriteRefused
from automl_operator.decisions.state.actions import CreateTrial, StartRunner, StopRunner
from automl_operator.local.records import RunRecords
from builders.control import a_claimed_trial
from contracts.world import WorldContract
from fakes.local_world_harness import LocalWorldHarness, local_world_harness


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[LocalWorldHarness]:
    async with local_world_harness(tmp_path / "run") as harness:
        yield harness


class TestLocalWorld(WorldContract):
    @pytest.fixture
    def harness(self, harness: LocalWorldHarness) -> LocalWorldHarness:
        return harness


async def test_applied_actions_are_read_back_from_the_disk(harness: LocalWorldHarness) -> None:
    for index in range(3):
        await harness.world.apply(harness.key, CreateTrial(a_claimed_trial(index)))
    again = RunRecords.load(harness.place)
    assert again.trials == harness.records.trials
    assert again.experiment == harness.records.experiment


async def test_a_full_disk_is_unavailable_and_changes_nothing(
    harness: LocalWorldHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        await harness.world.apply(harness.key, CreateTrial(a_claimed_trial()))
    assert harness.world.problem.result().errno == errno.ENOSPC
    snapshot = await harness.world.observe(harness.key)
    assert snapshot is not None
    assert snapshot.trials == ()
    assert list(harness.place.trials.iterdir()) == []


async def test_a_runner_cannot_be_started_in_an_unknown_pool(harness: LocalWorldHarness) -> None:
    with pytest.raises(WriteRefused, match="gpu"):
        await harness.world.apply(harness.key, StartRunner("one", "gpu"))


async def test_a_token_is_readable_by_its_owner_only_and_is_deleted_with_its_runner(harness: LocalWorldHarness) -> None:
    await harness.world.apply(harness.key, StartRunner("one", harness.pool))
    token = harness.place.runtime / "one.token"
    assert token.stat().st_mode & 0o777 == 0o600
    await harness.world.apply(harness.key, StopRunner("one", "Idle"))
    await harness.runners.close()
    assert not token.exists()


async def test_a_stopped_runner_leaves_no_process(harness: LocalWorldHarness) -> None:
    await harness.world.apply(harness.key, StartRunner("one", harness.pool))
    pid = harness.pid("one")
    await harness.runners.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_runner_that_does_not_leave_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = (sys.executable, "-c", "import os, time; os.fork(); time.sleep(600)")
    async with local_world_harness(tmp_path / "run", stubborn) as harness:
        await harness.world.apply(harness.key, StartRunner("one", harness.pool))
        leader = harness.pid("one")
    for _ in range(400):
        if not _at_work_in_group(leader):
            return
        await asyncio.sleep(0.05)
    pytest.fail("a killed group is still at work")


def _at_work_in_group(group: int) -> list[psutil.Process]:
    """The processes of a group that still work; a killed process that nobody has waited for yet is a zombie."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found
