"""The systems that are compared: ours, default boosting, and the peers, each run in an environment of its own."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import machine
import numpy as np
import pandas as pd
import psutil
import yaml
from quality import Prediction, gradient_boosting
from tabular_sets import Split

if TYPE_CHECKING:
    from collections.abc import Callable

OURS, BOOSTING = "ours", "boosting"
ROOT = Path(__file__).parents[1]
_PEER_PROGRAM = Path(__file__).with_name("tabular_peer.py")
_PACKAGES = ("flaml", "autogluon.tabular", "lightgbm", "xgboost-cpu", "catboost", "torch", "scikit-learn", "pandas")
PEERS = {
    "flaml": "flaml",
    "autogluon_medium": "autogluon",
    "autogluon_best": "autogluon",
    "autogluon_best_v150": "autogluon",
}
"""Each peer's environment: `.venv-peer-NAME`, from requirements/peer-NAME.txt."""
SYSTEMS = (OURS, BOOSTING, *PEERS)


@dataclass(frozen=True)
class Outcome:
    """The predictions of a finished run, what it took, and what the system says of itself."""

    prediction: Prediction
    fit_seconds: float
    predict_seconds: float
    reported: dict[str, Any]
    foreign_share: float
    """The share of the machine's CPU time that other programs had during the run."""


class RunFailed(Exception):
    """A system gave no model; the message is the end of its output."""


def versions(system: str) -> dict[str, str]:
    """The versions of the packages that matter to the system. Results are reused while these are the same."""
    if system not in PEERS:
        own = {"commit": machine.product_commit()} if system == OURS else {}
        return own | {"scikit-learn": metadata.version("scikit-learn")}
    script = (
        "import json, sys; from importlib import metadata as m;"
        "print(json.dumps({d.name: d.version for d in m.distributions() if d.name in sys.argv[1:]}))"
    )
    done = subprocess.run([_python(system), "-c", script, *_PACKAGES], capture_output=True, text=True, check=True)
    return dict(sorted(json.loads(done.stdout).items()))


def run(system: str, split: Split, folder: Path, *, seconds: int, cores: int) -> Outcome:
    """Fit and predict. Raises RunFailed."""
    began, before = time.monotonic(), _seconds_of_others()
    runner: Callable[..., tuple[Prediction, float, float, dict[str, Any]]]
    runner = {OURS: _ours, BOOSTING: _boosting}.get(system, _peer)
    prediction, fit_seconds, predict_seconds, reported = runner(system, split, folder, seconds=seconds, cores=cores)
    capacity = (time.monotonic() - began) * (os.cpu_count() or 1)
    foreign = sum(total - before.get(process, 0.0) for process, total in _seconds_of_others().items())
    return Outcome(prediction, fit_seconds, predict_seconds, reported, foreign / capacity)


def _ours(
    system: str,  # noqa: ARG001 - one signature for all
    split: Split,
    folder: Path,
    *,
    seconds: int,
    cores: int,
) -> tuple[Prediction, float, float, dict[str, Any]]:
    """`automl fit` and `automl predict`, as a user runs them."""
    table = split.table
    evaluation = {"timeColumn": table.time} if table.time else {"groupColumn": table.group} if table.group else {}
    spec = {
        "data": {"uri": (folder / "train.parquet").as_uri()},
        "target": table.target,
        "task": table.task,
        "objective": {"metric": split.metric},
        "budget": {"time": f"{seconds}s"},
        "search": {"seed": split.number},
        "evaluation": evaluation,
    }
    experiment = {
        "apiVersion": "automl-operator.dev/v1alpha1",
        "kind": "AutoMLExperiment",
        "metadata": {"name": split.name.replace("_", "-")},
        "spec": {name: value for name, value in spec.items() if value},
    }
    (folder / "experiment.yaml").write_text(yaml.safe_dump(experiment))
    command = [str(Path(sys.executable).with_name("automl")), "fit", "-f", str(folder / "experiment.yaml"), "--json"]
    began = time.monotonic()
    said = _called([*command, "--cores", str(cores), "--out", str(folder / "run")])
    fitted = time.monotonic()
    prediction = _our_prediction(folder, split)
    return prediction, fitted - began, time.monotonic() - fitted, json.loads(said.strip().splitlines()[-1])


def _our_prediction(folder: Path, split: Split) -> Prediction:
    from automl import load_model

    model = load_model(folder / "run")
    features = split.test.drop(columns=[split.table.target])
    if split.table.task == "regression":
        return np.asarray(model.predict(features), float), []
    probabilities = model.predict_proba(features)
    return probabilities.to_numpy(), [str(name) for name in probabilities.columns]


def _boosting(
    system: str,  # noqa: ARG001 - one signature for all
    split: Split,
    folder: Path,  # noqa: ARG001 - likewise
    *,
    seconds: int,  # noqa: ARG001 - it takes the time that it takes
    cores: int,  # noqa: ARG001 - likewise
) -> tuple[Prediction, float, float, dict[str, Any]]:
    """scikit-learn's gradient boosting with its defaults; times become numbers, groups are left out."""
    began = time.monotonic()
    train, test = (_plain(part, split.table.group) for part in (split.train, split.test))
    prediction = gradient_boosting(train, test, split.table.target, split.table.task)
    return prediction, time.monotonic() - began, 0.0, {}


def _plain(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    times = frame.select_dtypes(["datetime", "datetimetz"]).columns
    numbers = {name: frame[name].astype("int64") / 1e9 for name in times}
    return frame.assign(**numbers).drop(columns=[group] if group else [])


def _peer(
    system: str, split: Split, folder: Path, *, seconds: int, cores: int
) -> tuple[Prediction, float, float, dict[str, Any]]:
    table = split.table
    request = {
        "system": system,
        "target": table.target,
        "task": table.task,
        "metric": split.metric,
        "seconds": seconds,
        "cores": cores,
        "seed": split.number,
        "time": table.time,
        "group": table.group,
    }
    (folder / "request.json").write_text(json.dumps(request))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(cores))
    _called([str(_python(system)), str(_PEER_PROGRAM), str(folder)], {**threads, "TMPDIR": str(folder)})
    classes = json.loads((folder / "classes.json").read_text())
    result = json.loads((folder / "result.json").read_text())
    values = np.load(folder / "predictions.npy", allow_pickle=False)
    return (values, classes), result["fit_seconds"], result["predict_seconds"], {}


def _python(system: str) -> Path:
    path = ROOT / f".venv-peer-{PEERS[system]}" / "bin" / "python"
    if not path.exists():
        raise SystemExit(f"{system} is not installed; run `make peers`")
    return path


def _called(command: list[str], extra: dict[str, str] | None = None) -> str:
    """The command's output. Raises RunFailed with the end of it."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | (extra or {}))
    if done.returncode:
        raise RunFailed(f"{command[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
    return done.stdout


def _seconds_of_others() -> dict[tuple[int, float], float]:
    """The CPU seconds of each living process that is not ours, with those of its ended children."""
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    found = {}
    for process in psutil.process_iter(["cpu_times", "create_time", "status"]):
        # The first process is left out: it inherits what other programs leave behind, ours among them.
        lives = process.info["cpu_times"] is not None and process.info["status"] != psutil.STATUS_ZOMBIE
        if lives and process.pid not in ours | {1}:
            used = process.info["cpu_times"]
            total = used.user + used.system + used.children_user + used.children_system
            found[process.pid, process.info["create_time"]] = total
    return found
