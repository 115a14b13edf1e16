"""The command line: exit codes, errors of one line, and a quick start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from automl.cli import main

HEAVY = (
    "kubernetes",
    "pandas",
    "numpy",
    "pyarrow",
    "sklearn",
    "lightgbm",
    "aiohttp",
    "optuna",
    "pydantic",
    "automl_operator",
)


def _refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    printed = capsys.readouterr()
    assert exit_.value.code == 2
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert len(printed.err.splitlines()) == 1
    return printed.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["fit", "--target", "y"], "no data is named", id="no data"),
        pytest.param(["fit", "--data", "my.csv", "--target", "y"], 'there is no file "my.csv"', id="no such file"),
        pytest.param(["fit", "--data", "my.csv", "--target", "y", "--time", "banana"], '"banana" is not a', id="time"),
        pytest.param(["fit", "--data", "my.csv", "--tagret", "y"], "--target", id="option"),
        pytest.param(["fit", "--cores", "0"], "--cores", id="cores"),
        pytest.param(["fit", "--task", "guess"], "--task", id="task"),
        pytest.param(["fit", "-f", "my.yaml"], 'there is no file "my.yaml"', id="no such manifest"),
        pytest.param(["validate", "-f", "my.yaml"], 'there is no file "my.yaml"', id="nothing to validate"),
        pytest.param(["leaderboard", "nowhere"], "there is no folder nowhere", id="no leaderboard"),
        pytest.param(["predict", "--model", "m", "--data", "d", "--out", "p.csv"], "no folder m", id="no model"),
        pytest.param(["predict", "--model", "m", "--data", "d", "--out", "p.xlsx"], ".csv", id="no such format"),
        pytest.param(["predict", "--model", "m"], "--data", id="missing option"),
        pytest.param(["flt"], "No such command", id="command"),
    ],
)
def test_a_user_error_is_one_line_and_exit_code_2(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words in _refusal(arguments, capsys)
    assert list(tmp_path.iterdir()) == []


def test_every_problem_of_a_manifest_has_a_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    manifest = tmp_path / "x.yaml"
    manifest.write_text(
        "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\nmetadata: {name: x}\n"
        "spec:\n  data: {uri: 'example:adult'}\n  target: y\n  budget:\n    tme: 2m\n  serch: {}\n"
    )
    with pytest.raises(SystemExit) as exit_:
        main(["validate", "-f", str(manifest)])
    errors = capsys.readouterr().err.splitlines()
    assert exit_.value.code == 2
    assert [line.split(": ")[1:3] for line in errors] == [
        [f"{manifest}:8", "spec.budget.tme"],
        [f"{manifest}:9", "spec.serch"],
    ]


def test_a_folder_that_is_no_run_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "holds neither a run nor a model" in _refusal(["leaderboard", str(tmp_path)], capsys)


def test_help_needs_no_heavy_imports() -> None:
    program = "import sys, automl.cli\nprint(*sorted(m for m in sys.modules if m.partition('.')[0] in sys.argv[1:]))"
    loaded = subprocess.run([sys.executable, "-c", program, *HEAVY], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == []


def test_the_command_is_also_a_module() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "automl", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert printed.startswith("Usage: automl ")


def test_characters_that_the_terminal_cannot_show_are_escaped(tmp_path: Path) -> None:
    manifest = tmp_path / "日.yaml"
    manifest.write_text(
        "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\nmetadata: {name: x}\n"
        "spec: {data: {uri: 'example:adult'}, target: y}\n"
    )
    command = [sys.executable, "-m", "automl", "validate", "-f", str(manifest)]
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert r"\u65e5.yaml: x is a valid AutoMLExperiment" in printed


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out.startswith("automl 0.")
