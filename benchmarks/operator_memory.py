"""The operator's memory for ended and live experiments, which an imitated server lists to its World.

One process without a network is enough, so that it can be measured anywhere; `cluster-load` measures an installation.
"""

import asyncio
import json
import resource
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import psutil
from figures import Claim, Found
from invented_objects import FOLDS, a_plan, a_trial, an_experiment, name_of

from automl_api.kinds import EXPERIMENTS, PLANS, TRIALS, Kind
from automl_operator.broker.experiment_memories import ExperimentMemories
from automl_operator.decisions import decide
from automl_operator.decisions.state.snapshot import Key
from automl_operator.kube.api.api import PAGE, Listing, Object, WatchEvent
from automl_operator.kube.settings import OperatorSettings
from automl_operator.kube.world.world import KubeWorld

MEGABYTE = 1e6
TRIALS_EACH = 100
SPACE = "bench"
VERSION = "1000000"


def measure(*, quick: bool) -> Found:
    """Measure resident memory before the first list, at its peak, and after one decision for every experiment."""
    finished, live = (10, 1) if quick else (100, 10)
    before, peak, after = asyncio.run(_measured(finished, live))
    counts = f"{finished * TRIALS_EACH:,} finished trials and {live * TRIALS_EACH:,} live ones"
    each = (after - before) * 1e3 / ((finished + live) * TRIALS_EACH)
    return Found(
        claims=(
            Claim("the operator's World, before it has read anything", "MB", [before]),
            Claim(f"with {counts}", "MB", [after]),
            Claim("at most, while they are read", "MB", [peak]),
            Claim("memory for each trial", "kB", [each]),
        ),
        notes=(
            f"{TRIALS_EACH} trials of {FOLDS} folds an experiment; without kopf, the search worker, and what the client reads.",
        ),
    )


async def _measured(finished: int, live: int) -> tuple[float, float, float]:
    server = Inventor(finished, live)
    settings = OperatorSettings.model_validate(
        {"broker": {"url": "https://broker:8443"}, "pools": {"cpu": {"image": "x:1"}}}
    )
    world = KubeWorld(server, settings, server, broker_ca=lambda: "")  # type: ignore[arg-type]  # only lists are requested
    before = _resident()
    running = asyncio.create_task(world.run())
    await world.synced()
    memories = ExperimentMemories(time.time)
    for number in range(finished + live):
        await _decided(world, memories, Key(SPACE, name_of(number)))
    after = _resident()
    running.cancel()
    await asyncio.wait({running})
    return before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE, after


async def _decided(world: KubeWorld, memories: ExperimentMemories, key: Key) -> None:
    """Observe and decide an experiment as the loop does, without carrying out the actions."""
    snapshot = await world.observe(key)
    assert snapshot is not None
    memory = memories.sync(key, snapshot.experiment, snapshot.runners)
    decide(snapshot, memory.view(time.time()), time.time())


def _resident() -> float:
    return float(psutil.Process().memory_info().rss / MEGABYTE)


class Inventor:
    """A server that builds its lists page by page from JSON; its watches never send anything."""

    def __init__(self, finished: int, live: int) -> None:
        self._states = ["Complete"] * finished + ["Searching"] * live

    async def pages(self, kind: Kind, *_: Any, limit: int = PAGE, **__: Any) -> AsyncGenerator[Listing, None]:
        """Like `Api`, which this imitates."""
        waiting: list[Object] = []
        for text in self._texts(kind):
            waiting.append(json.loads(text))
            if len(waiting) == limit:
                yield Listing(tuple(waiting), VERSION)
                waiting = []
                await asyncio.sleep(0)
        yield Listing(tuple(waiting), VERSION)

    async def watch(self, *_: Any, **__: Any) -> AsyncGenerator[WatchEvent, None]:
        """Like `Api`, which this imitates."""
        await asyncio.Event().wait()
        yield WatchEvent("BOOKMARK", {})

    def _texts(self, kind: Kind) -> Iterator[str]:
        for number, state in enumerate(self._states):
            if kind == EXPERIMENTS:
                yield json.dumps(an_experiment(SPACE, number, state))
            elif kind == PLANS:
                yield json.dumps(a_plan(SPACE, number))
            elif kind == TRIALS:
                yield from (json.dumps(a_trial(SPACE, number, index)) for index in range(TRIALS_EACH))
