"""The operator's memory: idle, with ended experiments, with fifty live ones as well, and after a restart.

Also its writes while the experiments are idle.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cluster_audit
import finished_trials
import psutil
from cluster_audit import Write
from cluster_bench import ANY_USER, IDLE_IMAGE, Bench, experiment, installed
from figures import Claim, Found, Table
from simulated_runners import Pace, SimulatedRunners, speaking

from automl_api.kinds import EXPERIMENTS, PODS, TRIALS
from automl_api.names import LABEL_EXPERIMENT
from automl_operator.kube.api.client import KubernetesApi
from automl_operator.kube.api.urgency import Urgency

MEGABYTE = 1e6
FIT_SECONDS = 10.0
IDLE_SECONDS = 20.0
TRIALS_EACH = 100
RESTART_SECONDS = 60.0
SETTLING_SECONDS = 15.0
"""The time in which the last Events and statuses are written after states have changed."""
WAITING = 5
"""Experiments whose pool no node serves."""
POOL = {
    "image": IDLE_IMAGE,
    # Five thousandths of a core: the pods only have to exist.
    "resources": {"requests": {"cpu": "5m", "memory": "8Mi"}, "limits": {"memory": "1Gi"}},
    "maxRunners": 1,
}
NOWHERE = POOL | {"nodeSelector": {"benchmark": "nowhere"}}
STORE = {"uri": "s3://bench/store"}
"""A store that nobody reads or writes."""


def measure(*, quick: bool) -> Found:
    """Fifty experiments search with simulated runners beside ended ones; then a third ends and a third is suspended."""
    count, trials, rest = (12, 3, 60.0) if quick else (50, 20, 120.0)
    finished = 5 if quick else 100
    with (
        installed({"cpu": POOL, "nowhere": NOWHERE}, store=STORE, runner={"runAsUser": ANY_USER}) as bench,
        tempfile.TemporaryDirectory(prefix="bench-load-") as folder,
    ):
        return asyncio.run(Load(bench, Path(folder), count).measure(finished, trials, rest))


@dataclass(frozen=True)
class Memory:
    """Megabytes, resident."""

    all: float
    """The operator with its search worker; shared pages count twice."""
    alone: float
    """The operator without the search worker."""


class Load:
    """`count` experiments with a simulated runner each, in three groups."""

    def __init__(self, bench: Bench, folder: Path, count: int) -> None:
        self._bench = bench
        names = [f"load-{number}" for number in range(count)]
        self._stopped, self._suspended, self._searching = (names[first::3] for first in range(3))
        self._waiting = [f"waiting-{number}" for number in range(WAITING)]
        self._pace = Pace(FIT_SECONDS)
        self._runners = SimulatedRunners(bench, folder, self._pace)
        self._operator = bench.operator()
        self._samples: list[Memory] = []

    async def measure(self, finished: int, trials: int, rest: float) -> Found:
        """Measure idle, with ended experiments, with live ones, after a restart, and without work."""
        live = [*self._stopped, *self._suspended, *self._searching]
        async with await self._bench.api() as api, self._sampling():
            await asyncio.sleep(IDLE_SECONDS)
            idle = self._samples[-1]
            await finished_trials.write(api, self._bench.namespace, finished, TRIALS_EACH)
            await asyncio.sleep(SETTLING_SECONDS)
            ended = self._samples[-1]
            for name in live:
                await api.create(EXPERIMENTS, self._bench.namespace, _body(name, "cpu"), urgency=Urgency.OBJECT)
            async with speaking(self._runners):
                await _until("every experiment has tried enough", 900, lambda: self._have_tried(api, live, trials))
                peak = max(self._samples, key=lambda memory: memory.all)
                tried = len((await api.list(TRIALS, self._bench.namespace)).items) - finished * TRIALS_EACH
                again = await self._peak_of_a_restart()
                await self._become_idle(api)
                since = time.time()
                await asyncio.sleep(rest)
                writes = cluster_audit.writes(self._bench, since, since + rest)
                states = Counter((await self._states(api)).values())
        return Found(
            claims=(
                *_of_memory(idle, ended, peak, again, len(live), tried, finished * TRIALS_EACH),
                *self._of_rest(writes, rest),
            ),
            tables=(_table(writes, rest),),
            notes=(
                "Resident is the sum over the operator's processes; pages that they share count twice.",
                f"The runners are the product's agent for pods that do nothing; a fit takes {FIT_SECONDS:.0f} s.",
                f"At rest, for {rest:.0f} s: {', '.join(f'{n} {state}' for state, n in sorted(states.items()))}.",
                "The fits of those that search do not end meanwhile: the writes about them are of their working time.",
            ),
            raw={
                "samples_mb": [(memory.all, memory.alone) for memory in self._samples],
                "writes": [(write.verb, write.resource, write.name, write.at) for write in writes],
            },
        )

    async def _peak_of_a_restart(self) -> Memory:
        """The peak memory of a new process, which reads all objects."""
        before = self._operator
        (pod,) = self._bench.installation.operators()
        space = self._bench.installation.namespace
        await asyncio.to_thread(self._bench.cluster.kubectl, "delete", "pod", pod["metadata"]["name"], "-n", space)

        async def is_there() -> bool:
            try:
                self._operator = await asyncio.to_thread(self._bench.operator)
            except ValueError:
                return False  # no pod, two pods, or a pod without a process yet
            return self._operator != before

        await _until("the operator is started again", 180, is_there)
        since = len(self._samples)
        await asyncio.sleep(RESTART_SECONDS)
        return max(self._samples[since:], key=lambda memory: memory.all)

    async def _become_idle(self, api: KubernetesApi) -> None:
        """End a third of the experiments and suspend a third.

        The fits of the others do not end, and further experiments wait for a node.
        """
        self._pace.have_none_end()
        space = self._bench.namespace
        for name in self._waiting:
            await api.create(EXPERIMENTS, space, _body(name, "nowhere"), urgency=Urgency.OBJECT)
        for names, change in ((self._stopped, {"stop": True}), (self._suspended, {"suspend": True})):
            for name in names:
                await api.patch(EXPERIMENTS, space, name, {"spec": change}, urgency=Urgency.OBJECT)
        wanted = dict.fromkeys(self._stopped, "Complete") | dict.fromkeys(self._suspended, "Suspended")

        async def is_idle() -> bool:
            states = await self._states(api)
            pods = (await api.list(PODS, space)).items
            return wanted.items() <= states.items() and len(pods) == len(self._searching) + len(self._waiting)

        await _until("a third of the experiments ends and another is suspended", 300, is_idle)
        await asyncio.sleep(SETTLING_SECONDS)

    async def _states(self, api: KubernetesApi) -> dict[str, str]:
        items = (await api.list(EXPERIMENTS, self._bench.namespace)).items
        return {item["metadata"]["name"]: item.get("status", {}).get("state", "") for item in items}

    async def _have_tried(self, api: KubernetesApi, names: list[str], trials: int) -> bool:
        listed = (await api.list(TRIALS, self._bench.namespace)).items
        ended = [item for item in listed if item.get("status", {}).get("state") == "Succeeded"]
        counts = Counter(item["metadata"]["labels"][LABEL_EXPERIMENT] for item in ended)
        return all(counts[name] >= trials for name in names)

    @asynccontextmanager
    async def _sampling(self) -> AsyncIterator[None]:
        """Sample the memory every second."""

        async def sample() -> None:
            while True:
                with suppress(psutil.NoSuchProcess):  # it is being restarted
                    self._samples.append(resident(self._operator))
                await asyncio.sleep(1.0)

        task = asyncio.create_task(sample())
        try:
            yield
        finally:
            task.cancel()

    def _of_rest(self, writes: list[Write], rest: float) -> list[Claim]:
        def a_minute(names: list[str]) -> float:
            """The most writes of one object in a minute."""
            ours = [
                write
                for write in writes
                if write.name.startswith(tuple(f"{name}-" for name in names)) or write.name in names
            ]
            return max(Counter((write.resource, write.name) for write in ours).values(), default=0) * 60 / rest

        groups = {
            "complete": self._stopped,
            "suspended": self._suspended,
            "waiting for a node": self._waiting,
        }  # fmt: skip
        return [
            *(
                Claim(f"most writes of an object of an experiment that is {state}", "a minute", [a_minute(names)], "< 5", 4.99)
                for state, names in groups.items()
            ),
            Claim("the same while fits last and nothing ends", "a minute", [a_minute(self._searching)]),
            Claim("Events written meanwhile", "a minute", [sum(write.resource == "events" for write in writes) * 60 / rest]),
        ]  # fmt: skip


def _of_memory(
    idle: Memory, ended: Memory, peak: Memory, again: Memory, count: int, trials: int, finished: int
) -> list[Claim]:
    live = f"operator with {finished:,} finished trials, {count} live experiments and {trials:,} live trials"
    return [
        Claim("operator, idle", "MB", [idle.all], "< 150 MB", 150),
        Claim("of that, without the search worker", "MB", [idle.alone]),
        Claim(f"operator with {finished:,} finished trials", "MB", [ended.all]),
        Claim(f"{live}, at most", "MB", [peak.all], "<= 400 MB", 400),
        Claim(f"{live}: of that, without the search worker", "MB", [peak.alone]),
        Claim("the same after a restart, at most", "MB", [again.all], "<= 400 MB", 400),
    ]


async def _until(what: str, seconds: float, look: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + seconds
    while not await look():
        if time.monotonic() > deadline:
            raise SystemExit(f"this did not happen within {seconds:.0f} s: {what}")
        await asyncio.sleep(2.0)


def resident(operator: psutil.Process) -> Memory:
    """The memory of the operator's processes now."""
    alone = operator.memory_info().rss / MEGABYTE
    return Memory(alone + sum(child.memory_info().rss for child in operator.children()) / MEGABYTE, alone)


def _body(name: str, pool: str) -> dict[str, Any]:
    budget = {"time": "2h", "trials": 200, "patience": 200}
    return experiment(name, budget=budget, parallelism=1, pools=[{"name": pool}])


def _table(writes: list[Write], rest: float) -> Table:
    counts = Counter((write.resource, write.verb) for write in writes)
    rows = [
        [resource, verb, f"{count:,}", f"{count * 60 / rest:.1f}"] for (resource, verb), count in sorted(counts.items())
    ]
    return Table(["object", "verb", "writes", "in a minute"], rows)
