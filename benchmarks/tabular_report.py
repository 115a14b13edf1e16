"""The comparison with other systems as Markdown: ranks, wins, and the differences with their interval over the tables.

Losses are compared as shares of default boosting's loss, so that tables of all metrics can be averaged.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
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


def with_longer(runs: Sequence[Run], own: int, longer: int) -> str:
    """Our runs with a budget beside other systems' runs with a longer one, on the same machine."""
    mine = {
        (run["set"], run["split"], run["cpu"]): run for run in runs if (run["system"], run["budget"]) == (OURS, own)
    }
    theirs = {
        (run["system"], run["set"], run["split"], run["cpu"]): run
        for run in runs
        if run["system"] != OURS and run["budget"] == longer and (run["set"], run["split"], run["cpu"]) in mine
    }
    rows, wins = [], Counter[str]()
    for (system, *place), run in sorted(theirs.items()):
        ours, other = mine[place[0], place[1], place[2]]["loss"], run["loss"]
        best = min(value for value in (ours, other) if value is not None)
        wins[system] += ours == best
        cells = [_cell({OURS: value}, OURS, best) for value in (ours, other)]
        rows.append([place[0], str(place[1]), run["metric"], *cells, system])
    if not rows:
        return f"no run with a budget of {longer} s is kept"
    table = _table(["table", "split", "metric", f"ours, {own} s", f"theirs, {longer} s", "system"], rows)
    counts = Counter(row[-1] for row in rows)
    won = ", ".join(f"{wins[system]} of {count} against {system}" for system, count in counts.items())
    return f"{table}\n\nOurs at {own} s wins {won} at {longer} s."


def by_budget(runs: Sequence[Run], budgets: Sequence[int]) -> str:
    """Our losses at several budgets, as shares of default boosting's, on the splits that have a run of each budget.

    A longer budget should not be worse: its mean rises by at most one standard error of the paired differences.
    """
    plain = {(run["set"], run["split"]): run["loss"] for run in runs if run["system"] == BOOSTING}
    ours = {
        (run["budget"], run["set"], run["split"]): run["loss"]
        for run in runs
        if run["system"] == OURS and run["set"] in DEVELOPMENT and run["loss"] is not None
    }
    places = [place for place in sorted(plain) if all((budget, *place) in ours for budget in budgets)]
    if len(places) < 2:
        return "fewer than two splits have a run of each budget"
    shares = np.array([[100 * ours[(budget, *place)] / plain[place] for place in places] for budget in budgets])
    rows = [[f"{budgets[0]} s", f"{shares[0].mean():.2f}", "", ""]]
    for budget, before, own in zip(budgets[1:], shares, shares[1:], strict=False):
        change, error = (own - before).mean(), (own - before).std(ddof=1) / np.sqrt(len(places))
        verdict = "yes" if change <= error else "no"
        rows.append([f"{budget} s", f"{own.mean():.2f}", f"{change:+.2f} ± {error:.2f}", verdict])
    head = ["budget", "mean loss, % of default boosting's", "less that of the budget before", "holds"]
    return f"{_table(head, rows)}\n\nOver {len(places)} splits of {len({name for name, _ in places})} tables."


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
    return [
        _loss_table(newest, losses, systems),
        _comparison(losses, systems),
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


def _comparison(losses: dict[Place, dict[str, Any]], systems: list[str]) -> str:
    """Each system's mean rank where all ran; and where it ran, our wins against it and our mean difference to it."""
    if OURS not in systems or BOOSTING not in systems:
        return "ours and default boosting are needed for a comparison"
    ranks, complete = _mean_ranks(losses, systems)
    rows = []
    for system in systems:
        both = [place for place, row in losses.items() if {OURS, BOOSTING, system} <= row.keys()]
        own, other, plain = (_values(losses, both, name) for name in (OURS, system, BOOSTING))
        wins = f"{int((own < other).sum())} of {len(both)}"
        cells = ["", ""] if system == OURS else [wins, _difference(100 * (own - other) / plain, both)]
        rows.append([system, ranks[system], *cells])
    table = _table(["system", "mean rank", "ours wins", "ours less theirs, % of default boosting's loss"], rows)
    return f"{table}\n\nRanks are over the {complete} of {len(losses)} splits with a run of every system."


def _mean_ranks(losses: dict[Place, dict[str, Any]], systems: list[str]) -> tuple[dict[str, str], int]:
    """Each system's mean rank over the splits with a run of every system, and the number of these splits."""
    complete = [place for place, row in losses.items() if len(row) == len(systems)]
    if not complete:
        return dict.fromkeys(systems, ""), 0
    values = np.array([_values(losses, complete, system) for system in systems])
    means = rankdata(values, axis=0).mean(axis=1)
    return {system: f"{mean:.2f}" for system, mean in zip(systems, means, strict=True)}, len(complete)


def _values(losses: dict[Place, dict[str, Any]], places: Sequence[Place], system: str) -> NDArray[np.float64]:
    """A system's losses; a failed run is infinitely bad."""
    return np.array([np.inf if (loss := losses[place][system]) is None else loss for place in places], float)


def _difference(shares: NDArray[np.float64], places: Sequence[Place]) -> str:
    """The mean over the tables, and its 95 % interval: the bootstrap over tables, whose splits stay together."""
    names = sorted({name for name, _ in places})
    means = np.array(
        [np.mean([share for share, place in zip(shares, places, strict=True) if place[0] == n]) for n in names]
    )
    means = means[np.isfinite(means)]
    if not len(means):
        return ""
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
