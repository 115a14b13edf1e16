"""A disk that becomes full: the run stops with a message, keeps its finished work, and continues when there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.command_line import automl, iris

ARGUMENTS = ("--data", "iris.csv", "--target", "species", "--learners", "linear", "--time", "10m", "--out", "disk/run")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """An empty file system of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "automl-test", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        reason = f"a small file system cannot be mounted here: {mounted.stderr.strip()}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def test_a_run_stops_on_a_full_disk_and_continues_when_there_is_room(disk: Path) -> None:
    iris(disk.parent)
    filler = disk / "filler"
    _fill(filler, disk, leaving=600 * 1024)
    stopped = automl("fit", *ARGUMENTS, "--trials", "30", cwd=disk.parent)
    assert stopped.returncode == 2, stopped.stdout
    assert len(stopped.stderr.splitlines()) == 1
    assert stopped.stderr.startswith("error: the disk of ")
    assert "what is finished is kept: make room and run the same command again" in stopped.stderr
    finished = _folds(disk)
    assert finished
    filler.unlink()
    again = automl("fit", *ARGUMENTS, "--trials", "30", cwd=disk.parent)
    assert again.returncode == 0, again.stderr
    assert finished.items() <= _folds(disk).items()
    assert (disk / "run" / "model" / "manifest.json").exists()


def test_a_run_on_a_full_disk_does_not_begin(disk: Path) -> None:
    iris(disk.parent)
    _fill(disk / "filler", disk, leaving=0)
    result = automl("fit", *ARGUMENTS, "--trials", "1", cwd=disk.parent)
    assert result.returncode == 2, result.stdout
    assert len(result.stderr.splitlines()) == 1
    assert "is full" in result.stderr


def _fill(filler: Path, disk: Path, leaving: int) -> None:
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leaving))


def _folds(disk: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in disk.glob("run/store/trials/*/fold-*/manifest.json")}
