"""Measure whether a run keeps its time budget, and how much memory it takes for the size of its data."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import command
import datasets
import pandas as pd
import tables
from figures import Claim, Found, Table, number

SMALL_ROWS = 500
MIB = 2**20


@dataclass(frozen=True)
class Runs:
    """The runs on one table."""

    title: str
    frame: pd.DataFrame
    seconds: list[float]
    peaks: list[float]
    """MiB of all processes together."""
    prepared: float
    """MiB of the prepared matrices."""
    trials: list[int]


def measure(*, quick: bool) -> Found:
    """`automl fit --time 60s` on three tables, in wall seconds from the start of the process to its end."""
    budget, repeats = (20, 1) if quick else (60, 3)
    done = [_runs(title, frame, target, budget, repeats) for title, frame, target in _tables()]
    columns = [
        "table",
        "rows x columns",
        "as a DataFrame, MiB",
        "prepared, MiB",
        "peak, MiB",
        "peak / DataFrame",
        "trials",
    ]
    return Found(
        claims=(
            *(Claim(f"overrun of a budget of {budget} s, {runs.title}", "%", _over(runs, budget), "< 5 %, every run", 5,
                    judged_by="worst") for runs in done),
            *(Claim(f"peak memory, {runs.title}", "MiB", runs.peaks) for runs in done),
        ),
        tables=(Table(columns, [_row(runs) for runs in done]),),
        notes=(
            "A run that ends before its budget counts as an overrun below zero.",
            "Memory is the sum of the proportional set sizes of all processes of a run, sampled every second.",
        ),
        raw=[
            {"table": runs.title, "seconds": runs.seconds, "peak_mib": runs.peaks, "trials": runs.trials}
            for runs in done
        ],
    )  # fmt: skip


def _tables() -> list[tuple[str, pd.DataFrame, str]]:
    letter, target, _ = datasets.load("letter")
    return [
        ("adult", datasets.load("adult")[0], tables.TARGET),
        ("letter", letter, target),
        (f"adult, {SMALL_ROWS} rows", tables.adult(SMALL_ROWS), tables.TARGET),
    ]


def _runs(title: str, frame: pd.DataFrame, target: str, budget: int, repeats: int) -> Runs:
    with tempfile.TemporaryDirectory(prefix="bench-budget-") as name:
        data = Path(name) / "data.csv"
        frame.to_csv(data, index=False)
        arguments = ["--data", str(data), "--target", target, "--time", f"{budget}s"]
        fits = [
            command.fit(arguments, Path(name) / f"run-{run}", sample_every=1.0, memory=True) for run in range(repeats)
        ]
        return Runs(
            title,
            frame,
            [fit.seconds for fit in fits],
            [max(sample.memory_bytes for sample in fit.samples) / MIB for fit in fits],
            _prepared_bytes(fits[0].folder) / MIB,
            [len(command.trials(fit.folder)) for fit in fits],
        )


def _prepared_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "store" / "prepared").rglob("*.npy"))


def _over(runs: Runs, budget: int) -> list[float]:
    return [100 * (seconds - budget) / budget for seconds in runs.seconds]


def _row(runs: Runs) -> list[str]:
    size, peak = runs.frame.memory_usage(deep=True).sum() / MIB, max(runs.peaks)
    shape = f"{len(runs.frame):,} x {runs.frame.shape[1]}"
    trials = "-".join(str(count) for count in sorted({min(runs.trials), max(runs.trials)}))
    return [runs.title, shape, number(size), number(runs.prepared), number(peak), number(peak / size), trials]
