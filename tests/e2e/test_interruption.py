"""A run that is interrupted, killed or started twice: no finished work is lost, and no process is left behind."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from builders.command_line import automl, breast_cancer, living, processes_of, started
from builders.waiting import eventually

if TYPE_CHECKING:
    from subprocess import Popen

ARGUMENTS = ("--data", "cancer.csv", "--target", "diagnosis", "--learners", "linear,extra_trees", "--out", "run")
FOR_LONG = ("--time", "10m")
FOLD = "store/trials/*/fold-*/manifest.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    breast_cancer(tmp_path)
    return tmp_path


def test_a_second_run_in_a_folder_is_refused_and_ctrl_c_publishes_the_best_so_far(folder: Path) -> None:
    with _running(*FOR_LONG, cwd=folder) as run:
        eventually("a fold is finished", _has(folder, FOLD))
        second = automl("fit", *ARGUMENTS, *FOR_LONG, cwd=folder)
        assert second.returncode == 2
        assert f"process {run.pid} is at work" in second.stderr
        children = processes_of(run.pid)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 0
    assert "stopping: publishing the best so far (Ctrl-C again aborts)" in output
    assert output.splitlines()[-1].endswith("Model: run/model")
    assert (folder / "run" / "model" / "manifest.json").exists()
    eventually("all processes have ended", lambda: not living(children))


def test_a_repeatedly_ended_run_continues_and_loses_nothing(folder: Path) -> None:
    endings = (
        ("world/experiment.json", _kill),
        ("store/prepared/*/manifest.json", _terminate),
        ("world/trials/*.json", _abort),
        (FOLD, _kill),
    )
    finished = dict[Path, int]()
    for moment, end in endings:
        with _running(*FOR_LONG, cwd=folder) as run:
            eventually(moment, _has(folder, moment))
            children = processes_of(run.pid)
            end(run)
        eventually("runners and children have ended", _have_ended(children))
        assert finished.items() <= _folds(folder).items(), "a finished fold was fitted again"
        finished = _folds(folder)
    with _running("--time", "60s", "--trials", "2", cwd=folder) as run:
        runner = eventually("there is a runner", lambda: _runner(run.pid))
        os.kill(runner.pid, signal.SIGKILL)
        _, errors = run.communicate(timeout=200)
    assert run.returncode == 0, errors
    assert finished
    assert finished.items() <= _folds(folder).items()
    assert (folder / "run" / "model" / "manifest.json").exists()


def _have_ended(processes: list[psutil.Process]) -> Callable[[], bool]:
    return lambda: not living(processes)


@contextmanager
def _running(*budget: str, cwd: Path) -> "Iterator[Popen[str]]":
    """A run that is killed at the end of the context."""
    run = started("fit", *ARGUMENTS, *budget, cwd=cwd)
    try:
        yield run
    finally:
        run.kill()
        run.communicate()


def _kill(run: "Popen[str]") -> None:
    run.kill()


def _abort(run: "Popen[str]") -> None:
    """Press Ctrl-C twice after the first line of output; before that the first one ends the run."""
    assert run.stdout is not None
    assert run.stdout.readline().startswith("This machine")
    run.send_signal(signal.SIGINT)
    eventually("the first Ctrl-C is reported", lambda: "stopping" in run.stdout.readline())  # type: ignore[union-attr]
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=120)
    # Nothing is fitted yet, so the first Ctrl-C may have ended the run; the second then ends the exiting interpreter.
    assert run.returncode in (130, -signal.SIGINT)
    assert errors.startswith("error: ")


def _terminate(run: "Popen[str]") -> None:
    """Send SIGTERM repeatedly, until the run has ended."""
    children = processes_of(run.pid)
    run.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 60
    while run.poll() is None and time.monotonic() < deadline:
        run.send_signal(signal.SIGTERM)
        time.sleep(0.02)
    # A late SIGTERM may end the exiting interpreter itself, when all other processes have ended.
    assert run.returncode in (130, -signal.SIGTERM)
    assert not living(children)


def _has(folder: Path, pattern: str) -> Callable[[], bool]:
    return lambda: any((folder / "run").glob(pattern))


def _folds(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (folder / "run").glob(FOLD)}


def _runner(pid: int) -> psutil.Process | None:
    return next((p for p in processes_of(pid) if p.cmdline()[-2:] == ["-m", "automl_runner"]), None)
