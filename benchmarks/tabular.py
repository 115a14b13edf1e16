"""Compare the published model with other AutoML systems at equal time, one after the other on a quiet machine.

    python benchmarks/tabular.py [--sets report] [--splits 2] [--systems ours,flaml] [--time 120]
    python benchmarks/tabular.py --report

Every finished run is kept at once in benchmarks/results/tabular.jsonl, and is reused while the system's versions, the
machine and the rows are the same; so a comparison may be stopped at any time and goes on where it was. A run during
which other programs had more than a twentieth of the machine is kept, but run again the next time.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import machine
import pandas as pd
import tabular_report
from quality import loss
from tabular_sets import ALL, DEVELOPMENT, REPORT, Split, split
from tabular_systems import BOOSTING, SYSTEMS, Outcome, RunFailed, run, versions
from tqdm import tqdm

from automl_runner.ensemble.interval import ScoredPart, estimate

RUNS = Path(__file__).parent / "results" / "tabular.jsonl"
MOST_FOREIGN = 0.05


def main() -> None:
    """Run what is missing, or write the report."""
    chosen = _arguments()
    if not chosen.report:
        _run_missing(chosen)
    print(tabular_report.text(stored(), chosen.time))


def stored(path: Path = RUNS) -> list[dict[str, Any]]:
    """Every run that was kept, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", default="report", help="report, development, or names of tables")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--time", type=int, default=120, help="the budget in seconds")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    parser.add_argument("--report", action="store_true", help="run nothing")
    chosen = parser.parse_args()
    groups = {"report": list(REPORT), "development": list(DEVELOPMENT)}
    chosen.sets = groups.get(chosen.sets) or chosen.sets.split(",")
    chosen.systems = chosen.systems.split(",")
    for name, known in ((set(chosen.sets), set(ALL)), (set(chosen.systems), set(SYSTEMS))):
        if unknown := name - known:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return chosen


def _run_missing(chosen: argparse.Namespace) -> None:
    known = {system: versions(system) for system in chosen.systems}
    places = [(name, number) for number in range(chosen.splits) for name in chosen.sets]
    with tqdm(total=len(places) * len(known), unit="run", file=sys.stderr) as bar:
        for name, number in places:
            parts = split(name, number)
            for system, parts_of_system in known.items():
                key = {
                    "set": name,
                    "split": number,
                    "system": system,
                    "budget": chosen.time,
                    "cores": chosen.cores,
                    "versions": parts_of_system,
                    "cpu": machine.describe()["cpu"],
                    "rows": parts.digest,
                }
                bar.set_description(f"{name} {number} {system}")
                if not is_measured(key, stored()):
                    _keep(key | _measured(system, parts, chosen))
                bar.update()


def is_measured(key: dict[str, Any], runs: Iterable[dict[str, Any]]) -> bool:
    """True when the same run was kept and was not disturbed. Default boosting has no budget, so nothing disturbs it.

    A product with changes that are in no commit is never the same.
    """
    if key["versions"].get("commit", "").endswith("-dirty"):
        return False
    quiet = (run for run in runs if run["system"] == BOOSTING or run["foreign_share"] <= MOST_FOREIGN)
    return any(key.items() <= run.items() for run in quiet)


def _measured(system: str, parts: Split, chosen: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tabular-") as name:
        folder = Path(name)
        parts.train.to_parquet(folder / "train.parquet")
        parts.test.drop(columns=[parts.table.target]).to_parquet(folder / "test.parquet")
        try:
            outcome = run(system, parts, folder, seconds=chosen.time, cores=chosen.cores)
        except RunFailed as failed:
            return {"loss": None, "error": str(failed), "foreign_share": 0.0, "date": _now()}
    return _scored(parts, outcome)


def _scored(parts: Split, outcome: Outcome) -> dict[str, Any]:
    metric, value = loss(parts.table.task, parts.test[parts.table.target], outcome.prediction)
    return {
        "metric": metric,
        "loss": value,
        "test_interval": _interval(parts, outcome) if outcome.reported and not parts.table.time else None,
        "fit_seconds": round(outcome.fit_seconds, 1),
        "predict_seconds": round(outcome.predict_seconds, 2),
        "foreign_share": round(outcome.foreign_share, 3),
        "reported": outcome.reported,
        "date": _now(),
    }


def _interval(parts: Split, outcome: Outcome) -> list[float]:
    """The 95 % interval of the score for the noise of the test rows, or of their groups."""
    target, (predicted, classes) = parts.test[parts.table.target], outcome.prediction
    truth = pd.Index(classes).get_indexer(target.astype(str)) if classes else target.to_numpy(float)
    groups = parts.test[parts.table.group].factorize()[0] if parts.table.group else None
    found = estimate(parts.metric, [ScoredPart(truth, predicted, None, units=groups)], seed=0)
    return [found.low, found.high]


def _keep(run_: dict[str, Any]) -> None:
    """Append a run; a line is written at once, so that a stopped comparison leaves whole lines."""
    RUNS.parent.mkdir(exist_ok=True)
    with RUNS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run_, sort_keys=True) + "\n")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


if __name__ == "__main__":
    main()
