"""The time of predictions by a fixed model and a run's model, for a binary, a six-class and a regression table."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import command
import fixture_models
from figures import Claim, Found, Table, number

PROCESS = Path(__file__).with_name("predicting.py")
LEARNT_ROWS = 40_000
FILE_ROWS = 3_000
IMPORTS = """
import automl.cli, automl.prediction, lightgbm, pandas, pyarrow.csv, sklearn.ensemble
import automl_model.predictor, automl_model.tables
"""


@dataclass(frozen=True)
class Measured:
    """The measurements of one model."""

    model: str
    kind: str
    load: Sequence[float]
    ours: Mapping[str, Sequence[float]]
    libraries: Mapping[str, Sequence[float]]
    models: Mapping[str, int]
    file_seconds: Sequence[float]
    """The time of `automl predict` for 3,000 rows as a process, without the time of its imports."""

    def p50(self, rows: int) -> float:
        """The median time in milliseconds."""
        return 1000 * statistics.median(self.ours[str(rows)])

    def ratio(self, rows: int) -> float:
        """The ratio to the libraries' time. It compares minima, because other programs use this machine, too."""
        return min(self.ours[str(rows)]) / min(self.libraries[str(rows)])


def measure(*, quick: bool) -> Found:
    """Measure each model and table in a process of its own."""
    budget, repeats, trees = ("15s", 1, 40) if quick else ("120s", 3, fixture_models.TREES)
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-prediction-") as name:
        for kind in fixture_models.TARGETS:
            folder = Path(name) / kind.replace(" ", "-")
            folder.mkdir()
            frame, target = fixture_models.table(kind, LEARNT_ROWS)
            frame.to_csv(folder / "learnt.csv", index=False)
            frame.drop(columns=[target]).to_csv(folder / "rows.csv", index=False)
            frame.drop(columns=[target]).head(FILE_ROWS).to_csv(folder / "few.csv", index=False)
            found.append(_measured("fixed", kind, fixture_models.make(kind, folder, trees), repeats))
            arguments = ["--data", str(folder / "learnt.csv"), "--target", target, "--time", budget]
            command.fit(arguments, folder / "run")
            found.append(_measured(f"of {budget}", kind, folder / "run" / "model", repeats, folder))
    return Found(claims=tuple(_claims(found)), tables=(_table(found),), raw=[vars(measured) for measured in found])


def _measured(model: str, kind: str, bundle: Path, repeats: int, folder: Path | None = None) -> Measured:
    place = folder or bundle.parent
    arguments = [sys.executable, str(PROCESS), str(bundle), str(place / "rows.csv"), str(repeats)]
    output = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    runs = [_command(bundle, place) - _imports() for _ in range(max(3, repeats))]
    return Measured(model, kind, output["load"], output["ours"], output["libraries"], output["models"], runs)


def _command(bundle: Path, place: Path) -> float:
    arguments = ["--model", str(bundle), "--data", str(place / "few.csv"), "--out", str(place / "predictions.csv")]
    begun = time.monotonic()
    subprocess.run([str(command.AUTOML), "predict", *arguments], check=True, capture_output=True)
    return time.monotonic() - begun


def _imports() -> float:
    """The time of a process that only imports what `automl predict` imports."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True)
    return time.monotonic() - begun


def _claims(found: Sequence[Measured]) -> Iterator[Claim]:
    """The claims; each run is one table, and each table must keep the target."""
    for model in dict.fromkeys(measured.model for measured in found):
        some = [measured for measured in found if measured.model == model]
        name = f"model {model}, three tables"

        def claim(what: str, unit: str, runs: Sequence[float], limit: float, target: str, name: str = name) -> Claim:
            return Claim(f"{name}: {what}", unit, runs, target, at_most=limit, judged_by="worst")

        yield claim("1 row, p50", "ms", [measured.p50(1) for measured in some], 20, "<= 20 ms")
        yield claim("10 rows, p50", "ms", [measured.p50(10) for measured in some], 30, "<= 30 ms")
        for rows in (3_000, 100_000):
            ratios = [measured.ratio(rows) for measured in some]
            yield claim(f"{rows:,} rows, to the libraries' own time", "times", ratios, 1.2, "<= 1.2 times")
        yield claim("`load_model`, imports apart", "s", [min(measured.load) for measured in some], 1.5, "<= 1.5 s")
        files = [min(measured.file_seconds) for measured in some]
        yield claim("`automl predict` of 3,000 rows, imports apart", "s", files, 2.0, "<= 2 s")


def _table(found: Sequence[Measured]) -> Table:
    columns = ["model", "table", "fold models", *(f"{rows} rows: ours, libraries (s)" for rows in found[0].ours)]
    rows = [
        [
            measured.model,
            measured.kind,
            ", ".join(f"{count} {kind}" for kind, count in measured.models.items()),
            *(f"{number(min(measured.ours[size]))}, {number(min(measured.libraries[size]))}" for size in measured.ours),
        ]
        for measured in found
    ]
    return Table(columns, rows)
