"""The times until the data is prepared, and until the user sees a first score, for 50,000 rows."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import command
import tables
from figures import Claim, Found

ROWS = 50_000
FIRST_RESULT = re.compile(r"^\d+ s: \w+ ")

ALONE = """
import json, sys, time
from pathlib import Path
from automl_api.protocol import PrepareWork
from automl_api.resources.experiment import DataSpec, ExperimentSpec, StoreSpec
from automl_api.uris import file_uri
from automl_runner.children.work import program
from automl_runner.prepare import prepare
from automl_runner.mounts import Mounts
from automl_runner.store import open_store

for name in program(Mounts()).modules["prepare"]:
    __import__(name)
spec = ExperimentSpec(data=DataSpec(uri=file_uri(sys.argv[1])), target=sys.argv[3])
store = open_store(StoreSpec(uri=file_uri(sys.argv[2])), Mounts())
begun = time.monotonic()
prepare(PrepareWork(spec=spec), store, 1)
print(time.monotonic() - begun)
"""


def measure(*, quick: bool) -> Found:
    """Measure `automl fit` until its first score, and `prepare` by the runner's log and in a process of its own."""
    firsts, prepares, alone, waits = [], [], [], []
    for _ in range(1 if quick else 5):
        with tempfile.TemporaryDirectory(prefix="bench-start-") as name:
            folder = Path(name)
            data = tables.adult_csv(ROWS, folder)
            arguments = ["--data", str(data), "--target", tables.TARGET, "--time", "60s"]
            run = command.fit(arguments, folder / "run", interrupt=lambda line: bool(FIRST_RESULT.match(line)))
            firsts.append(next(line.seconds for line in run.lines if FIRST_RESULT.match(line.text)))
            prepare = command.only("prepare", run.folder)
            prepares.append(prepare.seconds)
            waits.append(min(span.ended for span in command.spans(run.folder) if span.kind == "fit") - prepare.ended)
            alone.append(_alone(data, folder))
    return Found(
        claims=(
            Claim(
                f"first result on the screen after the start of `automl fit`, {ROWS:,} rows (csv)",
                "s",
                firsts,
                "<= 10 s",
                10,
            ),
            Claim(f"`prepare` at {ROWS:,} rows: the child's work", "s", alone, "<= 2 s", 2),
            Claim(
                "`prepare` as the runner counts it, from the lease: the import of the libraries included", "s", prepares
            ),
            Claim("from `prepare`'s end to the first fit's end", "s", waits),
        ),
        notes=(f"The table is `example:adult` with {ROWS:,} rows: all of its own and more drawn with replacement.",),
    )


def _alone(data: Path, folder: Path) -> float:
    store = folder / "store"
    store.mkdir()
    arguments = [sys.executable, "-c", ALONE, str(data), str(store), tables.TARGET]
    return float(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
