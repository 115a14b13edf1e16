"""The cost of everything but the learners on a cluster: fits that only sleep for a second, on four one-slot runners.

Operator, API server, kubelet, volume claim, agent and zygote are real; only the children's handlers are simulated.
"""

import json
import statistics
import time
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import cluster_audit
import psutil
from cluster_audit import Write
from cluster_bench import SLEEPER_IMAGE, Bench, eventually, experiment, installed
from figures import Claim, Found

from automl_api.kinds import EXPERIMENTS

SLOTS = 4
COUNT, QUICK_COUNT = 1000, 200
SECONDS = 1.0
"""The time of one fit; the image has the same value."""
POOL = {
    "image": SLEEPER_IMAGE,
    # Less than a core for each runner: four cores would not fit on a small machine.
    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
    "maxRunners": SLOTS,
}
BY_TRIAL = ("automltrials", "automltrials/status")
BY_TIME = ("automlexperiments/status",)
BY_RUNNER = ("jobs",)
Span = tuple[float, float, str]


def measure(*, quick: bool) -> Found:
    """Measure with random search, which costs nothing, and with the default search."""
    count = QUICK_COUNT if quick else COUNT
    claims, tables, raw = [], [], {}
    with installed({"cpu": POOL}) as bench:
        for algorithm in ("random",) if quick else ("random", "bayesian"):
            operator = bench.operator()
            worked = processor_seconds(operator)
            spans, writes = _run(bench, algorithm, count)
            worked = processor_seconds(operator) - worked
            claims += [*_of_time(algorithm, spans), *_of_writes(algorithm, writes, count)]
            claims.append(
                Claim(f"processor time of operator and search, {algorithm}, each", "ms", [1000 * worked / count])
            )
            tables.append(cluster_audit.table(writes, count))
            raw[algorithm] = {"spans": spans, "writes": [[w.verb, w.resource, w.at] for w in writes]}
    return Found(
        claims=claims,
        tables=tables,
        notes=(
            "The steps between two fits of a runner: result, decision, the trial's durable claim in etcd, lease, fork.",
            f"The tables are the operator's writes by the API server's audit log, of {', '.join(raw)} search.",
        ),
        raw=raw,
    )


def _of_time(algorithm: str, spans: list[Span]) -> list[Claim]:
    wall = max(end for _, end, _ in spans) - min(begin for begin, _, _ in spans)
    gaps = [1000 * gap for gap in turnarounds(spans)]
    ideal = len(spans) * SECONDS / SLOTS
    return [
        Claim(
            f"{len(spans):,} assignments of {SECONDS:.0f} s on {SLOTS} slots, {algorithm} search",
            "s", [wall], f"<= {1.15 * ideal:.0f} s (ideal {ideal:.0f} s and 15 %)", 1.15 * ideal,
        ),
        Claim(f"assignment ended to next started, {algorithm}, p50", "ms", [statistics.median(gaps)], "< 100 ms", 100),
        Claim(f"assignment ended to next started, {algorithm}, p95", "ms", [statistics.quantiles(gaps, n=20)[-1]]),
        Claim(f"first to last runner's first assignment, {algorithm}", "s", [_start_up(spans)]),
    ]  # fmt: skip


def turnarounds(spans: list[Span]) -> list[float]:
    """The seconds from each end to the next begin in the same one-slot runner."""
    by_runner = defaultdict(list)
    for begin, end, runner in sorted(spans):
        by_runner[runner].append((begin, end))
    return [later[0] - earlier[1] for times in by_runner.values() for earlier, later in pairwise(times)]


def processor_seconds(operator: psutil.Process) -> float:
    """The processor time of the operator and its search worker since they started."""
    times = [process.cpu_times() for process in (operator, *operator.children())]
    return float(sum(time_.user + time_.system for time_ in times))


def _start_up(spans: list[Span]) -> float:
    first: dict[str, float] = {}
    for begin, _, runner in sorted(spans):
        first.setdefault(runner, begin)
    return max(first.values()) - min(first.values())


def _of_writes(algorithm: str, writes: list[Write], trials: int) -> list[Claim]:
    counts = Counter(write.resource for write in writes)
    by_trial, by_time, by_runner = (sum(counts[name] for name in names) for names in (BY_TRIAL, BY_TIME, BY_RUNNER))
    once = len(writes) - by_trial - by_time - by_runner
    minutes = (writes[-1].at - writes[0].at) / 60
    return [
        Claim(f"API writes of trials for each trial, {algorithm}", "", [by_trial / trials], "<= 2", 2),
        Claim(f"all {len(writes):,} writes without those of time and runners, for each trial, {algorithm}", "", [(by_trial + once) / trials]),
        Claim(f"of time, {algorithm}: the experiment's status", "a minute", [by_time / minutes]),
        Claim(f"of {SLOTS} runners, {algorithm}: their Jobs", "", [by_runner]),
        Claim(f"of the experiment, {algorithm}: plan, claim, model, Events", "", [once]),
    ]  # fmt: skip


def _run(bench: Bench, algorithm: str, count: int) -> tuple[list[Span], list[Write]]:
    """Run one experiment from its creation to its model; returns the times of its fits, and the writes."""
    name = f"sleepers-{algorithm}"
    body = experiment(
        name,
        budget={"time": "2h", "trials": count, "patience": count},
        parallelism=SLOTS,
        search={"algorithm": algorithm},
    )
    since = time.time()
    text = json.dumps({"apiVersion": EXPERIMENTS.api_version, "kind": EXPERIMENTS.kind} | body)
    bench.cluster.kubectl("apply", "--namespace", bench.namespace, "--filename=-", text=text)
    eventually(f"{name} ends", lambda: _ended(bench, name), 600 + 3 * count * SECONDS / SLOTS)
    spans = _spans(_folder(bench, name))
    if len(spans) != count:
        raise SystemExit(f"{len(spans)} fits were done; expected {count}")
    writes = cluster_audit.writes(bench, since)
    bench.cluster.kubectl("delete", EXPERIMENTS.plural, name, "--namespace", bench.namespace)
    return spans, writes


def _ended(bench: Bench, name: str) -> bool:
    status = bench.experiments()[name].get("status", {})
    if status.get("state") == "Failed":
        raise SystemExit(f"{name} failed: {status['conditions']}")
    return status.get("state") == "Complete" and not bench.pods()


def _folder(bench: Bench, name: str) -> Path:
    """The folder with the volume of the experiment's claim, on this machine, which is the node."""
    claim = bench.cluster.get("persistentvolumeclaim", f"{name}-store", namespace=bench.namespace)
    spec = bench.cluster.get("persistentvolume", claim["spec"]["volumeName"])["spec"]
    return Path((spec.get("hostPath") or spec["local"])["path"])


def _spans(folder: Path) -> list[Span]:
    times_file = next(folder.rglob("fit-times"))
    lines = (line.split() for line in times_file.read_text(encoding="utf-8").splitlines())
    return [(float(begin), float(end), runner) for begin, end, runner in lines]
