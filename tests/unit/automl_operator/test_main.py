"""The operator's command line."""

import os
import signal
import subprocess
import sys
from importlib.metadata import version

import pytest

from automl_operator.__main__ import main


@pytest.fixture(autouse=True)
def _own_handler():
    """Restore this process's SIGTERM handler, which the command replaces."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def test_it_prints_its_version(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["automl-operator", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"automl-operator {version('automl-operator')}\n"


def test_its_help_says_where_it_runs_and_what_to_use_on_one_machine(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["automl-operator", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert "Kubernetes" in printed
    assert "automl fit" in printed


def test_without_settings_it_explains_how_to_give_them(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["automl-operator"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--config" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        pytest.param("broker: {url: http://b}\npools: {}\n", "broker.url: ", id="wrong settings"),
        pytest.param(None, "No such file", id="no settings"),
        pytest.param("\ud800".encode("utf-8", "surrogatepass"), "decode", id="not text"),
    ],
)
def test_settings_that_cannot_be_used_end_it_with_2(tmp_path, capsys, monkeypatch, text, printed):
    config = tmp_path / "config.yaml"
    if text is not None:
        config.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setattr("sys.argv", ["automl-operator", "--config", str(config)])
    assert main() == 2
    assert printed in capsys.readouterr().err


def test_it_obeys_sigterm_before_it_has_read_its_settings(tmp_path):
    """By default, process 1 of a container ignores SIGTERM, and other processes do not end with code 0."""
    config = tmp_path / "config.yaml"
    os.mkfifo(config)
    begun = subprocess.Popen([sys.executable, "-m", "automl_operator", "--config", str(config)])
    with config.open("w"):  # opened at both ends, so that the command waits for the text
        begun.send_signal(signal.SIGTERM)
        assert begun.wait(timeout=30) == 0
