"""A bundle loads, predicts and refuses changes in an environment with only the `predict` extra."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pandas
import pytest

import automl
from builders.command_line import breast_cancer

ROOT = Path(__file__).parents[2]
UV = ROOT / ".venv-tools" / "bin" / "uv"
NOT_INSTALLED = ("aiohttp", "optuna", "psutil", "kopf", "kubernetes", "torch")
NOT_IMPORTED = ("automl_runner", "automl_operator", *NOT_INSTALLED)

PREDICT = """
import importlib.util, json, sys
import pandas
from automl_model import ModelError, SchemaError, load_model

def words(action):
    try:
        action()
    except (ModelError, SchemaError) as error:
        return f"{type(error).__name__}: {error}"

bundle, changed, newer, table, out, *others = sys.argv[1:]
frame = pandas.read_csv(table)
model = load_model(bundle)
column = model.signature[0].name
found = {
    "labels": list(model.predict(frame)),
    "probabilities": model.predict_proba(frame).to_numpy().tolist(),
    "imported": sorted(sys.modules),
    "installed": [name for name in others if importlib.util.find_spec(name)],
    "metrics": model.evaluate(frame),
    "changed": words(lambda: load_model(changed)),
    "newer": words(lambda: load_model(newer)),
    "missing": words(lambda: model.predict(frame.drop(columns=column))),
    "wrong": words(lambda: model.predict(frame.assign(**{column: "red"}))),
    "column": column,
}
with open(out, "w") as file:
    json.dump(found, file)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with only the locked requirements of `predict` and the package under test."""
    place = tmp_path_factory.mktemp("predict") / "venv"
    own = place / "bin" / "python"
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}

    def uv(*arguments: str | Path) -> None:
        done = subprocess.run([UV, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    uv("venv", "--quiet", "--python", sys.executable, place)
    locked = ROOT / "requirements" / "predict.txt"
    uv("pip", "sync", "--quiet", "--python", own, "--require-hashes", "--only-binary", ":all:", locked)
    wheel = ROOT / "dist" / f"automl_operator-{distribution('automl-operator').version}-py3-none-any.whl"
    uv("pip", "install", "--quiet", "--python", own, "--no-deps", wheel)
    return own


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A table, and the bundle of a run on it with boosted trees of both libraries and a linear model."""
    place = tmp_path_factory.mktemp("trained")
    table = breast_cancer(place)
    learners = ["lightgbm", "hist_gradient_boosting", "linear"]
    frame = pandas.read_csv(table)
    automl.fit(frame, target="diagnosis", time="90s", trials=3, learners=learners, out=place / "run", verbose=False)
    return table, place / "run" / "model"


def test_a_bundle_needs_the_predict_extra_and_nothing_else(
    python: Path, trained: tuple[Path, Path], tmp_path: Path
) -> None:
    table, bundle = trained
    changed, newer = (Path(shutil.copytree(bundle, tmp_path / name)) for name in ("changed", "newer"))
    (changed / "encoder.json").write_bytes((changed / "encoder.json").read_bytes() + b" ")
    manifest = json.loads((newer / "manifest.json").read_bytes())
    (newer / "manifest.json").write_text(json.dumps({**manifest, "formatVersion": 99}))
    arguments: list[str | Path] = [bundle, changed, newer, table, tmp_path / "found.json", *NOT_INSTALLED]
    done = subprocess.run(
        [python, "-I", "-c", PREDICT, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_bytes())

    frame, here = pandas.read_csv(table), automl.load_model(bundle)
    assert found["labels"] == list(here.predict(frame))
    assert found["probabilities"] == here.predict_proba(frame).to_numpy().tolist()
    assert found["metrics"]["roc_auc"] > 0.95
    assert found["installed"] == []
    assert {name.split(".")[0] for name in found["imported"]} & set(NOT_IMPORTED) == set()
    assert "encoder.json was changed after it was written" in found["changed"]
    assert "format version 99, but this program reads 3 to 5" in found["newer"]
    assert found["missing"].startswith("SchemaError: ")
    assert f'no column "{found["column"]}"' in found["missing"]
    assert found["wrong"].startswith("SchemaError: ")
    assert found["column"] in found["wrong"]
    assert "red" in found["wrong"]
