"""How long 100,000 rows of the example take to predict."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import command
import tables
from figures import Claim, Found

ROWS = 100_000

LOADED = """
import json, sys, time
import pandas as pd
begun = time.monotonic()
from automl import load_model
model = load_model(sys.argv[1])
loaded = time.monotonic()
frame = pd.read_csv(sys.argv[2])
read = time.monotonic()
model.predict_proba(frame)
print(json.dumps([loaded - begun, time.monotonic() - read]))
"""


def measure(*, quick: bool) -> Found:
    """The command on a csv file, and the Python API on a DataFrame, with the model of one run on the example."""
    budget, repeats = (15, 1) if quick else (60, 5)
    with tempfile.TemporaryDirectory(prefix="bench-prediction-") as name:
        folder = Path(name)
        arguments = ["--data", "example:adult", "--target", tables.TARGET, "--time", f"{budget}s"]
        command.fit(arguments, folder / "run")
        data = folder / "rows.csv"
        tables.adult(ROWS).drop(columns=[tables.TARGET]).to_csv(data, index=False)
        commands = [_command(folder, data) for _ in range(repeats)]
        loads, predictions = zip(*(_loaded(folder, data) for _ in range(repeats)), strict=True)
        members = json.loads((folder / "run" / "model" / "ensemble.json").read_text())["members"]
    return Found(
        claims=(
            Claim(
                f"`automl predict`, {ROWS:,} rows of the example, csv to csv", "s", commands, "in seconds: <= 10 s", 10
            ),
            Claim("of that, in Python: load the model", "s", loads),
            Claim(f"and predict probabilities of {ROWS:,} rows", "s", predictions),
        ),
        notes=(
            f"The model has {len(members)} members, each with its fold models; `automl fit --time {budget}s` made it.",
        ),
        raw={"members": len(members)},
    )


def _command(folder: Path, data: Path) -> float:
    arguments = ["--model", str(folder / "run"), "--data", str(data), "--out", str(folder / "predictions.csv")]
    begun = time.monotonic()
    subprocess.run([str(command.AUTOML), "predict", *arguments], check=True, capture_output=True)
    return time.monotonic() - begun


def _loaded(folder: Path, data: Path) -> tuple[float, float]:
    arguments = [sys.executable, "-c", LOADED, str(folder / "run"), str(data)]
    load, predict = json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
    return load, predict
