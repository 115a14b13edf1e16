"""The comparison with other systems as Markdown: ranks, wins, and the differences with their interval over the tables.

Losses are compared as shares of default boosting's loss, so that tables of all metrics can be averaged.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata
from tabular_sets import DEVELOPMENT, REPORT
from tabular_systems import BOOSTING, OURS, SYSTEMS

Run = dict[str, Any]
Place = tuple[str, int]
"""A table and the number of its split."""
_RESAMPLES = 10_000
_OVERRUN = 1.05


def text(runs: Iterable[Run], budget: int) -> str:
    """Tables of the newest run of each system on each split, for the report sets and for the development sets.

    Runs of different machines are never compared: each machine has tables of its own, the newest first.
    """
    machines: dict[str, list[Run]] = {}
    for run in runs:
        if run["budget"] == budget:
            machine = f"{run['cores']} cores of {run['cpu']}"
            machines[machine] = [*machines.pop(machine, []), run]
    parts = [
        part for machine in reversed(machines) for part in _of_machine(machines[machine], f"{budget} s, {machine}")
    ]
    return "\n\n".join(parts) or f"no run with a budget of {budget} s is kept"


def _of_machine(runs: Iterable[Run], about: str) -> list[str]:
    newest = {(run["set"], run["split"], run["system"]): run for run in runs}
    parts = []
    for title, names in (("Report", REPORT), ("Development", DEVELOPMENT)):
        places = sorted({(name, number) for name, number, _ in newest if name in names})
        if places:
            parts += [f"## {title} tables, {about}", *_section(newest, places)]
    return parts


def _section(newest: dict[tuple[str, int, str], Run], places: Sequence[Place]) -> list[str]:
    systems = [system for system in SYSTEMS if any((*place, system) in newest for place in places)]
    losses = {
        place: {system: run["loss"] for system in systems if (run := newest.get((*place, system)))} for place in places
    }
    complete = [place for place in places if len(losses[place]) == len(systems)]
    return [
        _loss_table(newest, losses, systems),
        f"{len(complete)} of {len(places)} splits have a run of every system; these count below.",
        _ranks(losses, complete, systems),
        _own(newest, places),
    ]


def _loss_table(
    newest: dict[tuple[str, int, str], Run], losses: dict[Place, dict[str, Any]], systems: list[str]
) -> str:
    rows = []
    for (name, number), row in losses.items():
        known = [value for value in row.values() if value is not None]
        metric = next((run["metric"] for key, run in newest.items() if key[0] == name and "metric" in run), "")
        cells = [_cell(row, system, min(known, default=None)) for system in systems]
        rows.append([name, str(number), metric, *cells])
    return _table(["table", "split", "metric", *systems], rows)


def _cell(row: dict[str, Any], system: str, best: float | None) -> str:
    if system not in row:
        return ""
    value = row[system]
    if value is None:
        return "failed"
    return f"**{value:.5g}**" if value == best else f"{value:.5g}"


def _ranks(losses: dict[Place, dict[str, Any]], places: Sequence[Place], systems: list[str]) -> str:
    """Mean rank of each system, our wins against it, and our mean difference to it. A failed run has the last rank."""
    if not places or OURS not in systems or BOOSTING not in systems:
        return "ours and default boosting are needed for a comparison"
    values = np.array([[np.inf if (x := losses[place][name]) is None else x for name in systems] for place in places])
    ranks = rankdata(values, axis=1).mean(axis=0)
    own, plain = values[:, systems.index(OURS)], values[:, systems.index(BOOSTING)]
    rows = []
    for column, system in enumerate(systems):
        wins = int((own < values[:, column]).sum())
        cells = (
            ["", ""]
            if system == OURS
            else [f"{wins} of {len(places)}", _difference(own, values[:, column], plain, places)]
        )
        rows.append([system, f"{ranks[column]:.2f}", *cells])
    return _table(["system", "mean rank", "ours wins", "ours less theirs, % of default boosting's loss"], rows)


def _difference(own: Any, other: Any, plain: Any, places: Sequence[Place]) -> str:
    """The mean over the tables, and its 95 % interval: the bootstrap over tables, whose splits stay together."""
    shares = 100 * (own - other) / plain
    names = sorted({name for name, _ in places})
    means = np.array(
        [np.mean([share for share, place in zip(shares, places, strict=True) if place[0] == n]) for n in names]
    )
    means = means[np.isfinite(means)]
    drawn = np.random.default_rng(0).choice(means, (_RESAMPLES, len(means))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{means.mean():+.2f} [{low:+.2f}, {high:+.2f}]"


def _own(newest: dict[tuple[str, int, str], Run], places: Sequence[Place]) -> str:
    """Claims about our own runs: intervals that hold the test score, and budgets that are kept."""
    runs = [run for place in places if (run := newest.get((*place, OURS))) and run["loss"] is not None]
    held, near = (Counter(_holds(run, noise=noise) for run in runs) for noise in (False, True))
    late = sum(run["fit_seconds"] > _OVERRUN * run["budget"] for run in runs)
    return (
        f"The reported interval holds the test score in {held[True]} of {held[True] + held[False]} runs,"
        f" and in {near[True]} of {near[True] + near[False]} where the noise of the test rows counts too;"
        f" {late} of {len(runs)} took over {_OVERRUN - 1:.0%} more than the budget."
    )


def _holds(run: Run, *, noise: bool) -> bool | None:
    """True when the reported interval holds the test score; None where it is not known.

    The interval is that of the score on endlessly many rows. A test has few, often a fourth of the rows to learn from,
    so its score varies more than the interval says; with `noise`, the interval is widened by that of the test rows.
    The interval of folds by time is one for the score of the next period, and needs no more.
    """
    score, ordered = run["reported"].get("score") or {}, "test_interval" in run and run["test_interval"] is None
    if score.get("low") is None or (noise and "test_interval" not in run):
        return None
    tested = 1 - run["loss"] if run["metric"] == "1 - roc_auc" else run["loss"]
    low, high = run["test_interval"] if noise and not ordered else (tested, tested)
    if tested < score["value"]:
        return bool(score["value"] - tested <= np.hypot(score["value"] - score["low"], high - tested))
    return bool(tested - score["value"] <= np.hypot(score["high"] - score["value"], tested - low))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
