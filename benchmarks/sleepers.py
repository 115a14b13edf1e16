"""The cost of everything but the learners: 1,000 fits that only sleep, in a real local run on two slots.

Controller, broker, search, World, agent and zygote are the product's; only the children's handlers are simulated.
"""

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from figures import Claim, Found

from automl_api.resources import Experiment
from automl_api.uris import file_uri
from automl_operator.local.machine import this_machine
from automl_operator.local.run import LocalRun, RunSettings, RunView

sys.path.insert(0, str(Path(__file__).parent / "runner_image"))

import sleeper_runner

SLOTS = 2
RUNNER = (sys.executable, "-P", sleeper_runner.__file__)
Span = tuple[float, float]


def measure(*, quick: bool) -> Found:
    """Measure with random search, which costs nothing, and with the default search."""
    count, runs = (200, 1) if quick else (1000, 3)
    ideal = count * sleeper_runner.SECONDS / SLOTS
    claims, raw = [], {}
    for algorithm in ("random", "bayesian"):
        runs_of_spans = [_run(algorithm, count) for _ in range(runs)]
        walls = [max(end for _, end in spans) - min(begin for begin, _ in spans) for spans in runs_of_spans]
        gaps = [[1000 * gap for gap in turnarounds(spans, SLOTS)] for spans in runs_of_spans]
        claims += [
            Claim(
                f"{count:,} assignments of {1000 * sleeper_runner.SECONDS:.0f} ms on {SLOTS} slots, {algorithm} search",
                "s", walls, f"<= {1.2 * ideal:.0f} s (ideal {ideal:.0f} s and 20 %)", 1.2 * ideal,
            ),
            Claim(f"assignment ended to next started, {algorithm}, p50", "ms", [statistics.median(g) for g in gaps], "< 20 ms", 20),
            Claim(f"assignment ended to next started, {algorithm}, p95", "ms", [statistics.quantiles(g, n=20)[-1] for g in gaps]),
            Claim(
                f"{algorithm}, p50 over the last tenth of the assignments", "ms",
                [statistics.median(g[-count // 10 :]) for g in gaps],
            ),
        ]  # fmt: skip
        raw[algorithm] = [[round(gap, 2) for gap in some] for some in gaps]
    return Found(
        claims=tuple(claims),
        notes=(
            "From the end of a child's work to the begin of the next: result, decision, durable claim, lease, fork.",
            "The zygote has imported the same modules as the product's.",
        ),
        raw={"turnaround_ms": raw},
    )


def turnarounds(spans: list[Span], slots: int) -> list[float]:
    """The seconds from each end to the begin in its slot; the k-th end frees the slot of the k-th waiting begin."""
    begins = sorted(begin for begin, _ in spans)[slots:]
    ends = sorted(end for _, end in spans)
    return [begin - end for begin, end in zip(begins, ends, strict=False)]


def _run(algorithm: str, count: int) -> list[Span]:
    with tempfile.TemporaryDirectory(prefix="bench-sleepers-") as name:
        folder = Path(name)
        settings = RunSettings(SLOTS, this_machine().memory_bytes, "fork", RUNNER)
        run = LocalRun(_experiment(algorithm, count), folder / "run", settings, _ignore)
        ended = asyncio.run(run.run())
        if ended.status.state != "Complete":
            raise SystemExit(f"the run ended {ended.status.state}: {ended.status.conditions}")
        times_file = folder / "run" / "store" / sleeper_runner.TIMES_FILE
        lines = (line.split() for line in times_file.read_text().splitlines())
        spans = [(float(begin), float(end)) for begin, end, _ in lines]
    if len(spans) != count:
        raise SystemExit(f"{len(spans)} fits were done; expected {count}")
    return spans


def _ignore(view: RunView) -> None:
    del view


def _experiment(algorithm: str, count: int) -> Experiment:
    return Experiment.read(
        {
            "metadata": {"name": "sleepers"},
            "spec": {
                "data": {"uri": file_uri(sleeper_runner.__file__), "format": "csv"},
                "target": "y",
                "budget": {"time": "1h", "trials": count, "patience": count},
                "parallelism": SLOTS,
                "search": {"algorithm": algorithm},
                "evaluation": {"holdout": "none"},
            },
        }
    )
