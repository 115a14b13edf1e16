"""An agent wired to its broker, its children and its memory limit, from the first lease to the last result."""

import asyncio
import os
import random
from collections.abc import Callable
from typing import get_args

import aiohttp

from automl_api.protocol import Announcement, RunnerEnvironment, WorkKind
from automl_runner.agent.agent import Agent
from automl_runner.agent.broker_client import BrokerClient
from automl_runner.agent.memory import memory_limit, watch_memory
from automl_runner.agent.orphans import reap_orphans
from automl_runner.agent.termination import write_termination_log
from automl_runner.launchers import Launcher


async def serve_broker(
    environment: RunnerEnvironment,
    launcher: Launcher,
    learners: tuple[str, ...],
    *,
    generator: random.Random,
    on_begin: Callable[[Agent], None],
) -> int:
    """Work with an open launcher until told to leave; returns the exit code. Calls `on_begin` with the agent."""
    limit = memory_limit(environment.memory_bytes)
    announcement = Announcement(
        slots=environment.slots,
        memory_bytes=limit,
        accelerator=environment.accelerator,
        learners=learners,
        work=get_args(WorkKind),
    )
    async with aiohttp.ClientSession() as session:
        client = BrokerClient(session, environment, generator)
        agent = Agent(client, launcher, announcement, environment.heartbeat_seconds, environment.max_assignments)
        on_begin(agent)
        code = await _work(agent, launcher, limit)
    if agent.undelivered and environment.termination_log:
        write_termination_log(environment.termination_log, agent.undelivered)
    return code


async def _work(agent: Agent, launcher: Launcher, limit: int) -> int:
    async with asyncio.TaskGroup() as group:
        keepers = (
            group.create_task(watch_memory(limit, agent.works, lambda: _others(agent, launcher))),
            group.create_task(reap_orphans()),
        )
        code = await agent.run()
        for keeper in keepers:
            keeper.cancel()
    return code


def _others(agent: Agent, launcher: Launcher) -> tuple[int, ...]:
    at_work = {work.pid for work in agent.works()}
    return (os.getpid(), *(pid for pid in launcher.processes() if pid not in at_work))
