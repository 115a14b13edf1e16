"""Run the benchmarks that are separate programs, and read the figures of the requirements from their output."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from math import isnan, nan, sqrt
from pathlib import Path
from typing import Any

from figures import Claim, Found, Table, number

HELD_TRIALS = 40
FRESH_SEED = 200
"""The first seed of the measured runs; the search's settings were chosen on smaller ones."""


def turnaround(*, quick: bool) -> Found:
    """Measure the agent alone: a stub broker answers at once, and the zygote has the product's imports."""
    arguments = ("100" if quick else "1000", "0", "2", "fork", "--heavy")
    runs = [json.loads(_run("turnaround.py", *arguments)) for _ in range(1 if quick else 3)]
    return Found(
        claims=(
            Claim("assignment ended to next started, agent and fork alone, p50", "ms", _of(runs, "turnaround_p50_ms")),
            Claim("the same, p95", "ms", _of(runs, "turnaround_p95_ms")),
        ),
        notes=("The part of a turnaround that is the runner's: a stub broker answers at once.",),
        raw=runs,
    )


def search(*, quick: bool) -> Found:
    """Measure regret on 12 tables of measured configurations: our search, random search and Optuna's TPE."""
    with tempfile.TemporaryDirectory(prefix="bench-search-") as name:
        file = Path(name) / "runs.jsonl"
        size = ("--first-seed", str(FRESH_SEED), "--seeds", "1" if quick else "24", "--trials", str(HELD_TRIALS))
        _run("search.py", "--jobs", str(_cores()), "--results", str(file), *size)
        return of_searches([json.loads(line) for line in file.read_text().splitlines()])


def of_searches(runs: list[dict[str, Any]]) -> Found:
    """The findings of the lines that search.py writes."""
    rows, late = [], 0
    for table in dict.fromkeys((run["family"], run["table"]) for run in runs):
        regret = {method: _regret(runs, table, method) for method in ("ours", "random", "tpe")}
        ours, tpe = (regret[method] / max(regret["random"], 1e-12) for method in ("ours", "tpe"))
        due = tpe < 0.5
        late += due and ours >= 0.5
        rows.append([" ".join(table), number(regret["random"]), number(ours), number(tpe), _word(due, kept=ours < 0.5)])
    spent = [1000 * second for run in runs if run["method"] == "ours" for second in run["seconds"]]
    return Found(
        claims=(
            Claim(
                "tables where our regret is not below half of random's though the TPE's is",
                "tables",
                [late],
                "0",
                at_most=0,
            ),
            Claim("a suggestion, mean", "ms", [statistics.fmean(spent)]),
        ),
        tables=(Table(["table", "random's regret", "ours / random", "TPE / random", "below half"], rows),),
        notes=(f"Mean regret after {HELD_TRIALS} trials over {len({run['seed'] for run in runs})} seeds.",),
        raw=[{**run, "seconds": round(sum(run["seconds"]), 3)} for run in runs],
    )


def quality(*, quick: bool) -> Found:
    """Compare the published model with scikit-learn's default gradient boosting, on rows that neither has seen."""
    with tempfile.TemporaryDirectory(prefix="bench-quality-") as name:
        file = Path(name) / "pairs.jsonl"
        size = (
            ("--tables", "ames,letter", "--seeds", "2", "--time", "20s") if quick else ("--seeds", "3", "--time", "60s")
        )
        _run("quality.py", "--out", str(file), *size)
        return of_pairs([json.loads(line) for line in file.read_text().splitlines()])


def of_pairs(pairs: list[dict[str, Any]]) -> Found:
    """The findings of the lines that quality.py writes."""
    rows, better, worse = [], 0, 0
    tables = list(dict.fromkeys(pair["table"] for pair in pairs))
    for table in tables:
        some = [pair for pair in pairs if pair["table"] == table]
        gains = [pair["gradient_boosting"] - pair["ours"] for pair in some]
        gain = statistics.fmean(gains)
        error = statistics.stdev(gains) / sqrt(len(gains)) if len(gains) > 1 else nan
        better, worse = better + (gain > 0), worse + (gain < -error)
        ours, theirs = (statistics.fmean(_of(some, key)) for key in ("ours", "gradient_boosting"))
        cells = (
            some[0]["metric"],
            f"{ours:.5g}",
            f"{theirs:.5g}",
            f"{ours / theirs:.3f}",
            "one split" if isnan(error) else f"{gain / (error or 1e-12):+.1f}",
        )
        rows.append([table, *cells])
    most = len(tables) // 2 + 1
    splits = f"Splits: {len({pair['seed'] for pair in pairs})}; over a single one there is no standard error."
    judged = len(pairs) > len(tables)
    none_worse = Claim(
        "worse than default gradient boosting by more than one standard error", "tables", [worse], "0", 0
    )
    return Found(
        claims=(
            *((none_worse,) if judged else ()),
            Claim(f"better, of {len(tables)} tables", "tables", [better], f"most: >= {most}", at_least=most),
        ),
        tables=(Table(["table", "metric", "ours", "gradient boosting", "ratio", "difference / standard error"], rows),),
        notes=("Less is better in each metric; the last column is positive where ours is better.", splits),
        raw=pairs,
    )


def honesty(*, quick: bool) -> Found:
    """Count the intervals of the reported AUC that contain 0.5 with permuted labels."""
    seeds, workers = 2 if quick else 20, str(_cores())
    text = _run(
        "honesty.py", "permuted", "--seeds", str(seeds), "--trials", "6" if quick else "40", "--workers", workers
    )
    return of_permuted([json.loads(line) for line in text.splitlines() if line.startswith("{")])


def of_permuted(runs: list[dict[str, Any]]) -> Found:
    """The findings of the lines that honesty.py prints about permuted labels."""
    seeds = len(runs)
    inside = sum(run["low"] <= 0.5 <= run["high"] for run in runs)
    least, claim = seeds * 18 // 20, f"intervals that contain 0.5, permuted labels, of {seeds}"
    return Found(
        claims=(
            Claim(claim, "seeds", [inside], f">= {least}", at_least=least),
            Claim("reported AUC", "", _of(runs, "value")),
        ),
        notes=("The default path: Bayesian search, stopping by the median, an ensemble; 400 rows, no holdout.",),
        raw=runs,
    )


def intervals(*, quick: bool) -> Found:
    """Count the intervals that contain the published model's score on fresh data, for every kind of split."""
    seeds = "5" if quick else "300"
    text = _run("honesty.py", "splits", "--seeds", seeds, "--rows", "600", "--workers", str(_cores()))
    return of_splits([json.loads(line) for line in text.splitlines()])


def of_splits(kinds: list[dict[str, Any]]) -> Found:
    """The findings of the lines that honesty.py prints about splits."""
    rows = [
        [
            kind["dependence"],
            kind["split"],
            kind["metric"],
            f"{kind['holds']} of {kind['experiments']}",
            f"{kind['width']:.2f}",
        ]
        for kind in kinds
    ]
    shares = [100 * kind["holds"] / kind["experiments"] for kind in kinds]
    claim = "experiments of 100 whose interval contains the score on fresh data"
    return Found(
        claims=(
            Claim(f"{claim}, the kind with the fewest", "", [min(shares)], ">= 90", at_least=90),
            Claim(f"{claim}, the kind with the most", "", [max(shares)], "<= 99", at_most=99),
            Claim("mean width, the widest kind", "", [max(_of(kinds, "width"))], "<= 1.5", at_most=1.5),
        ),
        tables=(Table(["rows are", "split", "metric", "holds", "width"], rows),),
        notes=(
            "Widths are in units of 3.92 standard deviations of (reported - true); 1 is just wide enough.",
            "600 rows: independent, in 40 groups, or in time; 8 folds, 5 and a holdout of 20 %, or one validation split.",
        ),
        raw=kinds,
    )


def _run(program: str, *arguments: str) -> str:
    command = [sys.executable, str(Path(__file__).parent / program), *arguments]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"{program} {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def _regret(runs: Iterable[dict[str, Any]], table: tuple[str, str], method: str) -> float:
    matching = (run for run in runs if (run["family"], run["table"]) == table and run["method"] == method)
    return statistics.fmean(run["regrets"][HELD_TRIALS - 1] for run in matching)


def _word(due: bool, *, kept: bool) -> str:
    return ("yes" if kept else "**no**") if due else "not due"


def _of(runs: Iterable[dict[str, Any]], key: str) -> list[float]:
    return [run[key] for run in runs]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
