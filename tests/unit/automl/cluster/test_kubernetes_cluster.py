"""Requests on the wire, and how answers are read. The contract runs on a real API server in tests/cluster."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes.client import Configuration

from automl.cluster.api import ClusterContext
from automl.cluster.errors import ClusterError, Expired, Forbidden, NotFound, NotInstalled, Unreachable
from automl.cluster.kubernetes_cluster import KubernetesCluster
from automl_api.kinds import EXPERIMENTS, PODS
from contracts.user_cluster import an_object
from fakes.http_api import ScriptedAnswers, http_api

EXPERIMENT = "/apis/automl-operator.dev/v1alpha1/namespaces/team/automlexperiments/churn"
ABSENT = {"kind": "Status", "message": "not found", "details": {"kind": "automlexperiments", "name": "churn"}}


@contextmanager
def a_cluster(*answers: tuple[int, Any]) -> Iterator[tuple[KubernetesCluster, ScriptedAnswers]]:
    with http_api(*answers) as (address, script):
        yield cluster_at(address), script


def cluster_at(address: str) -> KubernetesCluster:
    configuration = Configuration()
    configuration.host = address
    configuration.api_key["BearerToken"] = "Bearer secret"
    return KubernetesCluster(configuration, ClusterContext("here", "team"))


def test_apply_is_server_side_and_strict_with_our_field_manager() -> None:
    with a_cluster((201, {"metadata": {}})) as (cluster, script):
        cluster.apply(EXPERIMENTS, an_object(), dry_run=True)
    heard = script.heard[0]
    assert (heard.method, heard.content_type, heard.authorization) == (
        "PATCH",
        "application/apply-patch+yaml",
        "Bearer secret",
    )
    path, _, query = heard.path.partition("?")
    assert path == EXPERIMENT
    assert set(query.split("&")) == {"fieldManager=automl", "force=true", "fieldValidation=Strict", "dryRun=All"}
    assert heard.body == an_object()


def test_a_patch_is_a_merge_patch() -> None:
    with a_cluster((200, {})) as (cluster, script):
        cluster.patch(EXPERIMENTS, "churn", {"spec": {"stop": True}})
    assert (script.heard[0].content_type, script.heard[0].body) == (
        "application/merge-patch+json",
        {"spec": {"stop": True}},
    )


def test_a_pod_is_deleted_at_once() -> None:
    with a_cluster((200, {})) as (cluster, script):
        cluster.delete(PODS, "p")
    assert script.heard[0].path == "/api/v1/namespaces/team/pods/p"
    assert script.heard[0].body["gracePeriodSeconds"] == 0


def test_a_missing_object_is_none_and_a_missing_kind_is_an_error() -> None:
    with a_cluster((404, ABSENT), (404, "404 page not found\n")) as (cluster, _):
        assert cluster.get(EXPERIMENTS, "churn") is None
        with pytest.raises(NotInstalled):
            cluster.get(EXPERIMENTS, "churn")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param((403, {"kind": "Status", "message": "no"}), Forbidden, id="forbidden"),
        pytest.param((404, ABSENT), NotFound, id="absent"),
        pytest.param((503, "busy"), Unreachable, id="busy"),
        pytest.param((200, "<html>"), Unreachable, id="another server"),
    ],
)
def test_other_answers_are_errors_with_a_message(answer: tuple[int, Any], error: type[ClusterError]) -> None:
    with a_cluster(answer) as (cluster, _), pytest.raises(error):
        cluster.patch(EXPERIMENTS, "churn", {})


def test_a_watch_yields_states_until_its_end() -> None:
    events = [
        {"type": "MODIFIED", "object": {"n": 1}},
        {"type": "DELETED", "object": {"n": 1}},
    ]
    with a_cluster((200, "\n".join(json.dumps(event) for event in events) + "\n")) as (cluster, script):
        assert list(cluster.watch(EXPERIMENTS, "churn", "7", 1)) == [{"n": 1}, None]
    assert "resourceVersion=7" in script.heard[0].path
    assert "fieldSelector=metadata.name%3Dchurn" in script.heard[0].path


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((410, {"kind": "Status", "message": "too old"}), id="at once"),
        pytest.param(
            (
                200,
                json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}) + "\n",
            ),
            id="as an event",
        ),
    ],
)
def test_a_watch_that_is_too_old_has_expired(answer: tuple[int, Any]) -> None:
    with a_cluster(answer) as (cluster, _), pytest.raises(Expired):
        list(cluster.watch(EXPERIMENTS, "churn", "7", 1))


def test_an_unreachable_server_is_an_error_without_log_output(capfd: pytest.CaptureFixture[str]) -> None:
    with http_api() as (address, _):
        pass
    with pytest.raises(Unreachable, match='the API server of context "here" does not answer'):
        cluster_at(address).get(EXPERIMENTS, "churn")
    assert capfd.readouterr() == ("", "")


def test_a_command_without_the_right_to_run_it_is_refused_with_a_message() -> None:
    with a_cluster((403, {"kind": "Status", "message": "cannot create pods/exec"})) as (cluster, script):
        with pytest.raises(Forbidden, match="you may not run commands in pods"):
            cluster.run("p", ["sh", "-c", "echo a b"])
        assert script.heard[0].path == (
            "/api/v1/namespaces/team/pods/p/exec"
            "?stdin=true&stdout=true&stderr=true&command=sh&command=-c&command=echo+a+b"
        )
        assert script.heard[0].authorization == "Bearer secret"
