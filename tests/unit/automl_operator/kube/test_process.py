"""Failures that the process survives."""

import asyncio
import logging

import pytest

from automl_operator.kube.process import kept_up
from automl_operator.kube.shell import ShellEnded
from fakes.clock import settle


class EndingShell:
    """A kopf shell that ends each time it is run."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self) -> None:
        self.runs += 1
        raise ShellEnded("kopf has failed: namespaces gone")


async def test_kopf_is_restarted_when_it_ends_and_the_process_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    shell = EndingShell()
    task = asyncio.create_task(kept_up(shell, pause=0.0))
    with caplog.at_level(logging.WARNING):
        await settle()
    assert not task.done()
    assert shell.runs > 1
    assert "namespaces gone" in caplog.text
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
