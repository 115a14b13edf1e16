"""The idle time of a slot between two assignments, with a stub broker, a real agent and real forks.

`python benchmarks/turnaround.py [ASSIGNMENTS] [SECONDS_EACH] [SLOTS] [fork|spawn] [--heavy]` prints JSON. With
`--heavy` the zygote imports the same modules as the product's zygote, so that a fork costs the same.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from automl_api.protocol import RunnerEnvironment  # noqa: E402 - after the path of the stub broker is known
from automl_runner.children import Program, serve  # noqa: E402 - likewise
from automl_runner.children.work import program  # noqa: E402 - likewise
from automl_runner.mounts import Mounts  # noqa: E402 - likewise
from builders.assignments import a_fit  # noqa: E402 - likewise
from fakes import runner_program  # noqa: E402 - likewise
from fakes.stub_broker import StubBroker  # noqa: E402 - likewise

HEAVY = "AUTOML_BENCHMARK_HEAVY"


def heavy_program() -> Program:
    """The test's handlers with the product's imports."""
    return Program({"fit": runner_program.fit}, {"fit": program(Mounts()).all_modules()})


async def measure(count: int, seconds: float, slots: int, children: str) -> dict[str, float]:
    """Run `count` assignments of `seconds` each. The first of each slot is left out, because it waits for imports."""
    broker = StubBroker()
    await broker.start()
    broker.give(*(a_fit(id_=f"fit-{number}", seconds=seconds) for number in range(count)))
    with tempfile.NamedTemporaryFile("w", suffix=".token") as token:
        token.write("token")
        token.flush()
        environment = RunnerEnvironment(broker_url=broker.url, token_file=token.name, slots=slots, children=children)
        runner = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--runner",
            env={**os.environ, **environment.variables()}, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await runner.wait()
    await broker.stop()
    return figures([request.result.folds[-1] for request in broker.results], seconds, slots)


def figures(folds: list, seconds: float, slots: int) -> dict[str, float]:
    """The idle time between an end and the next start in the same slot, and the total compared with the ideal.

    A fold of these handlers has its start as score, and its end as seconds, on the machine's monotonic clock.
    """
    spans = sorted((fold.score, fold.seconds) for fold in folds)
    free_since: list[float] = []
    idle = []
    for began, ended in spans:
        before = [end for end in free_since if end <= began]
        if len(free_since) >= slots and before:
            idle.append(began - min(before))
            free_since.remove(min(before))
        free_since.append(ended)
    whole = max(end for _, end in spans) - spans[0][0]
    return {
        "assignments": len(spans),
        "turnaround_p50_ms": round(1000 * statistics.median(idle), 2),
        "turnaround_p95_ms": round(1000 * statistics.quantiles(idle, n=20)[-1], 2),
        "seconds": round(whole, 2),
        "over_ideal_percent": round(100 * (whole / (len(spans) * seconds / slots) - 1), 1) if seconds else 0.0,
    }


def main() -> None:
    """Run the command line; with --runner, or with a child's role, this process is the measured runner."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--heavy"]
    if "--heavy" in sys.argv:
        os.environ[HEAVY] = "1"
    if arguments[:1] in (["zygote"], ["spawned"]):
        serve(arguments, heavy_program() if os.environ.get(HEAVY) else Program({"fit": runner_program.fit}))
    elif arguments[:1] == ["--runner"]:
        from automl_runner.agent import run

        sys.exit(run(os.environ, (sys.executable, __file__), lambda: ("sleep",)))
    else:
        count, seconds, slots, children = (*arguments, *("200", "0", "1", "fork")[len(arguments) :])
        began = time.monotonic()
        measured = asyncio.run(measure(int(count), float(seconds), int(slots), children))
        print(json.dumps({**measured, "with_start_seconds": round(time.monotonic() - began, 2)}))


if __name__ == "__main__":
    main()
