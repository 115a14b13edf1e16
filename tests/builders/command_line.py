"""The command `automl` as a process of its own, as users run it, and small real tables for it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

COMMAND = Path(sys.executable).parent / "automl"
WAIT_SECONDS = 240


UNPRIVILEGED = (
    *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
    # It may read everything, because the interpreter may lie in root's home. It may write only what everybody may.
    *(f"--{of}=-all,+dac_read_search" for of in ("inh-caps", "ambient-caps", "bounding-set")),
)


def automl(
    *arguments: object, cwd: Path, unprivileged: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `unprivileged` as a user who is not root."""
    prefix = UNPRIVILEGED if unprivileged and os.geteuid() == 0 else ()
    return subprocess.run(
        [*prefix, COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )


def started(*arguments: object, cwd: Path, **variables: str) -> "subprocess.Popen[str]":
    """Start the command; the caller waits for its end."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(pid: int) -> list[psutil.Process]:
    """The living descendants of a process."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those of the processes that still run and are not zombies."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def breast_cancer(folder: Path) -> Path:
    """569 rows, two classes; scikit-learn ships it."""
    from sklearn.datasets import load_breast_cancer

    frame = load_breast_cancer(as_frame=True).frame
    frame["diagnosis"] = frame.pop("target").map({0: "malignant", 1: "benign"})
    path = folder / "cancer.csv"
    frame.to_csv(path, index=False)
    return path


def diabetes(folder: Path) -> Path:
    """442 rows, a numeric target; scikit-learn ships it."""
    from sklearn.datasets import load_diabetes

    path = folder / "diabetes.parquet"
    load_diabetes(as_frame=True).frame.to_parquet(path)
    return path


def iris(folder: Path) -> Path:
    """150 rows, three classes; scikit-learn ships it."""
    from sklearn.datasets import load_iris

    frame = load_iris(as_frame=True).frame
    frame["species"] = frame.pop("target").map({0: "setosa", 1: "versicolor", 2: "virginica"})
    path = folder / "iris.csv"
    frame.to_csv(path, index=False, sep=";")
    return path
