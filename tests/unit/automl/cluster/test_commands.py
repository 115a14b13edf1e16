"""The commands for a cluster as a user types them: exit codes, errors of one line, and names in recommendations."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automl.cli import main
from automl.cluster.bundle_readers import Source
from automl.cluster.data_upload import UploadOptions
from automl.cluster.object_store import BucketEndpoint
from automl.commands.apply import Application
from automl.errors import UserError
from automl.spec_builder import read_experiment
from contracts.user_cluster import an_object
from fakes.http_api import http_api

HEAD = "apiVersion: automl-operator.dev/v1alpha1\nkind: AutoMLExperiment\nmetadata: {name: churn}\n"
STORED = {**an_object(), "metadata": {"name": "churn", "namespace": "team", "uid": "12345678", "resourceVersion": "1"}}
SCORE = {"metric": "roc_auc", "value": 0.926, "low": 0.919, "high": 0.933, "basis": "holdout"}
COMPLETE = {**STORED, "status": {"state": "Complete", "model": "churn-12345", "score": SCORE}}
FAILED_CONDITION = {"type": "Failed", "status": "True", "reason": "DataMissing", "message": "There is no such file."}
FAILED = {**STORED, "status": {"state": "Failed", "conditions": [FAILED_CONDITION]}}
ABSENT = {"kind": "Status", "message": "not found", "details": {"kind": "automlexperiments", "name": "churn"}}


@pytest.fixture(autouse=True)
def no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[list[tuple[int, Any]]]:
    """Use a kubeconfig whose only context is a server with these answers, in this order."""
    with http_api() as (address, script):
        config = {
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
            "current-context": "here",
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(config))
        yield script.answers


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["apply"], "Missing option '-f'", id="nothing to apply"),
        pytest.param(["apply", "-f", "none.yaml"], 'there is no file "none.yaml"', id="no such manifest"),
        pytest.param(["apply", "-f", "local.yaml"], "upload it: automl apply -f local.yaml --data my.csv", id="a file"),
        pytest.param(["apply", "-f", "local.yaml", "--data", "no.csv"], 'there is no file "no.csv"', id="no such data"),
        pytest.param(["apply", "-f", "typo.yaml"], "typo.yaml:5: spec.tagret: unknown key", id="typo"),
        pytest.param(["wait", "churn"], "there is no kubeconfig", id="no kubeconfig"),
        pytest.param(["wait", "churn", "--timeout", "soon"], '"soon" is not a duration', id="timeout"),
        pytest.param(["stop", "churn"], "there is no kubeconfig", id="stop"),
        pytest.param(["download", "churn"], "Missing option '--out'", id="no folder"),
    ],
)
def test_a_user_error_is_one_line_and_exit_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "local.yaml").write_text(HEAD + "spec: {data: {uri: 'file:my.csv'}, target: y}\n")
    (tmp_path / "typo.yaml").write_text(HEAD + "spec:\n  tagret: y\n  data: {uri: 'example:adult'}\n  target: y\n")
    assert run(*arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert all(line.startswith("error: ") for line in printed.err.splitlines())


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        pytest.param([(200, COMPLETE)], 0, "get it: automl download churn --out churn", id="complete"),
        pytest.param([(200, FAILED)], 1, "error: DataMissing: There is no such file.", id="failed"),
        pytest.param([(404, ABSENT), (200, {"items": []})], 2, 'there is no experiment "churn"', id="absent"),
        pytest.param([(404, "404 page not found")], 2, "helm install automl", id="not installed"),
        pytest.param([(403, {"kind": "Status", "message": "no"})], 2, "you may not get", id="forbidden"),
        pytest.param([(503, "overloaded")], 2, "overloaded", id="unavailable"),
    ],
)
def test_the_exit_code_of_wait_tells_how_the_experiment_ended(
    answering: list[tuple[int, Any]],
    answers: list[tuple[int, Any]],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The follower may still make a call after the end.
    answering += [*answers, *[(503, "too late")] * 50]
    assert run("wait", "churn") == code
    printed = capsys.readouterr()
    assert words in printed.out + printed.err
    assert "Traceback" not in printed.err


def test_wait_can_end_with_one_json_object(
    answering: list[tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    answering += [(200, FAILED), *[(503, "too late")] * 50]
    assert run("wait", "churn", "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["state"], answer["namespace"], answer["conditions"][0]["reason"]) == (
        "Failed",
        "team",
        "DataMissing",
    )


def test_the_pods_image_and_its_pull_secret_are_options(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments_given: list[Any] = []
    for command in ("apply.apply_command", "download.download_command"):
        monkeypatch.setattr(f"automl.commands.{command}", lambda *arguments: arguments_given.extend(arguments))
    pod = ("--pod-image", "mine:1", "--pull-secret", "registry")
    assert run("apply", "-f", "x.yaml", *pod) == 0
    assert run("download", "churn", "--out", "out", *pod) == 0
    assert Application(Path("x.yaml"), None, UploadOptions("10Gi", "mine:1", "registry")) in arguments_given
    assert Source(BucketEndpoint("", ""), "mine:1", "registry") in arguments_given


def test_recommended_commands_have_the_name_that_the_user_typed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "local.yaml").write_text(HEAD + "spec: {data: {uri: 'file:my.csv'}, target: y}\n")
    monkeypatch.setattr("sys.argv", ["/usr/local/bin/kubectl-automl"])
    assert run("apply", "-f", "local.yaml") == 2
    assert "upload it: kubectl automl apply -f local.yaml --data my.csv" in capsys.readouterr().err
    run("wait", "--help")
    assert capsys.readouterr().out.startswith("Usage: kubectl automl wait ")


def test_the_data_option_replaces_the_data_in_the_file(tmp_path: Path) -> None:
    for data in ("", "data: {uri: 'example:adult', format: csv}, ", "data: {}, "):
        path = tmp_path / "x.yaml"
        path.write_text(HEAD + f"spec: {{{data}target: y}}\n")
        assert read_experiment(path, data_uri="s3://b/x").spec.data.uri == "s3://b/x"


@pytest.mark.parametrize("spec", ["[]", "{data: [], target: y}", "{data: 'x', target: y}"])
def test_a_manifest_of_the_wrong_shape_is_an_error_of_one_line_too(spec: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(HEAD + f"spec: {spec}\n")
    with pytest.raises(UserError, match="must be a mapping"):
        read_experiment(path, data_uri="s3://b/x")
