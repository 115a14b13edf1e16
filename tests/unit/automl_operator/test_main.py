"""The command of the operator."""

from automl_operator.__main__ import main


def test_it_says_where_it_runs_and_what_to_use_on_one_machine(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["automl-operator"])
    assert main() == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Kubernetes" in said
    assert "automl fit" in said
