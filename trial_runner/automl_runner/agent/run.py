"""The agent's process: it reads its environment, wires its parts, and ends at a signal or with its parent."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from automl_api import environment_names
from automl_api.protocol import RunnerEnvironment
from automl_api.protocol.exit_codes import WRONG_ENVIRONMENT
from automl_runner.agent.agent import Agent
from automl_runner.agent.logs import configure_logs
from automl_runner.agent.parent import leave_with_parent
from automl_runner.agent.service import serve_broker
from automl_runner.launchers import ForkLauncher, Launcher, SpawnLauncher


def run(variables: Mapping[str, str], children: Sequence[str], learners: Callable[[], tuple[str, ...]]) -> int:
    """Run until told to leave; returns an exit code of `automl_api.protocol.exit_codes`. Raises only bugs.

    `children` is the command of a program that calls `automl_runner.children.serve`. `learners` names the learners
    that this program can fit.
    """
    try:
        environment = read_environment(variables)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return WRONG_ENVIRONMENT
    configure_logs(variables)
    return asyncio.run(_run(environment, children, learners()))


def read_environment(variables: Mapping[str, str]) -> RunnerEnvironment:
    """The checked environment. Raises ValueError or OSError that names the wrong variable and a right value."""
    environment = RunnerEnvironment.read(variables)
    if urlsplit(environment.broker_url).scheme not in ("http", "https"):
        raise ValueError(
            f'{environment_names.BROKER_URL} is "{environment.broker_url}"; it must begin with http:// or https://'
        )
    if environment.slots < 1:
        raise ValueError(f"{environment_names.SLOTS} is {environment.slots}; a runner has at least one slot")
    if environment.children not in ("fork", "spawn"):
        raise ValueError(f'{environment_names.CHILDREN} is "{environment.children}"; it must be fork or spawn')
    files = (
        (environment_names.TOKEN_FILE, environment.token_file),
        (environment_names.BROKER_CA, environment.broker_ca),
    )
    for name, path in files:
        if path and not os.access(path, os.R_OK):
            raise OSError(f"{name} is {path}, which cannot be read")
    return environment


async def _run(environment: RunnerEnvironment, children: Sequence[str], learners: tuple[str, ...]) -> int:
    launcher = _launcher(environment, children)
    if environment.parent_pipe:
        leave_with_parent(sys.stdin.fileno(), launcher.processes)
    answer_signals = partial(_answer_signals, with_parent=environment.parent_pipe)
    try:
        await launcher.open()
        return await serve_broker(environment, launcher, learners, generator=random.Random(), on_begin=answer_signals)
    finally:
        await launcher.close()


def _launcher(environment: RunnerEnvironment, children: Sequence[str]) -> Launcher:
    if environment.children == "fork" and sys.platform == "linux":
        return ForkLauncher(children, environment.slots)
    return SpawnLauncher(children)


def _answer_signals(agent: Agent, *, with_parent: bool) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, agent.terminate)
    if with_parent:
        # Ctrl-C in a terminal reaches the whole group; the parent decides what it means.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGINT, agent.terminate)
