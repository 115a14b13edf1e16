"""A run that is interrupted, killed or started twice: nothing finished is lost, and nobody is left behind."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from builders.command_line import automl, breast_cancer, eventually, living, processes_of, started

if TYPE_CHECKING:
    import subprocess

QUESTION = ("--data", "cancer.csv", "--target", "diagnosis", "--learners", "linear,extra_trees", "--out", "run")
FOLD = "store/trials/*/fold-*/manifest.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    breast_cancer(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A run that would take minutes."""
    process = started("fit", *QUESTION, "--time", "10m", cwd=folder)
    yield process
    process.kill()
    process.communicate()


def _has(folder: Path, pattern: str) -> Callable[[], bool]:
    return lambda: any((folder / "run").glob(pattern))


def _folds(folder: Path) -> dict[Path, float]:
    return {path: path.stat().st_mtime_ns for path in (folder / "run").glob(FOLD)}


def test_ctrl_c_once_publishes_the_best_so_far(folder: Path, run: "subprocess.Popen[str]") -> None:
    eventually("a fold is finished", _has(folder, FOLD))
    children = processes_of(run.pid)
    run.send_signal(signal.SIGINT)
    said, _ = run.communicate(timeout=120)
    assert run.returncode == 0
    assert "stopping: publishing the best so far (Ctrl-C again aborts)" in said
    assert said.splitlines()[-1].endswith("Model: run/model")
    assert (folder / "run" / "model" / "manifest.json").exists()
    eventually("everybody has gone", lambda: not living(children))


def test_ctrl_c_twice_aborts_and_the_same_command_goes_on(folder: Path, run: "subprocess.Popen[str]") -> None:
    eventually("a trial is begun", _has(folder, "world/trials/*.json"))
    children = processes_of(run.pid)
    run.send_signal(signal.SIGINT)
    assert run.stdout is not None
    eventually("the first one is heard", lambda: "stopping" in run.stdout.readline())  # type: ignore[union-attr]
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 130
    assert errors.startswith("error: aborted")
    eventually("everybody has gone", lambda: not living(children))
    again = automl("fit", *QUESTION, "--time", "60s", "--trials", "2", cwd=folder)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("world/experiment.json", id="at the start"),
        pytest.param("store/prepared", id="while the data is prepared"),
        pytest.param("world/trials/*.json", id="when a trial is claimed"),
        pytest.param(FOLD, id="when a fold is finished"),
    ],
)
def test_killed_at_any_moment_the_run_goes_on(folder: Path, run: "subprocess.Popen[str]", moment: str) -> None:
    eventually(moment, _has(folder, moment))
    children = processes_of(run.pid)
    run.kill()
    run.wait()
    eventually("runners and children have gone", lambda: not living(children))
    finished = _folds(folder)
    again = automl("fit", *QUESTION, "--time", "60s", "--trials", "2", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert (folder / "run" / "model" / "manifest.json").exists()
    assert finished.items() <= _folds(folder).items(), "a finished fold was fitted again"


def test_a_killed_runner_is_replaced(folder: Path) -> None:
    process = started("fit", *QUESTION, "--time", "60s", "--trials", "2", cwd=folder)
    eventually("a trial is begun", _has(folder, "world/trials/*.json"))
    runner = eventually("there is a runner", lambda: _runner(process.pid))
    os.kill(runner.pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors


def test_a_second_run_in_the_same_folder_is_refused(folder: Path, run: "subprocess.Popen[str]") -> None:
    eventually("the run is begun", _has(folder, "world/experiment.json"))
    second = automl("fit", *QUESTION, "--time", "10m", cwd=folder)
    assert second.returncode == 2
    assert f"process {run.pid} is at work" in second.stderr


def _runner(pid: int) -> psutil.Process | None:
    return next((p for p in processes_of(pid) if p.cmdline()[-2:] == ["-m", "automl_runner"]), None)
