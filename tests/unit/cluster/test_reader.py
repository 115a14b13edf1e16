"""The tests' own client of the cluster: names of kinds, answers, and closed connections."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from cluster.errors import ToolError
from cluster.reader import Reader
from fakes.http_api import ScriptedAnswers, http_api


def resource(plural: str, kind: str, *short: str, scope: str = "Namespaced") -> dict[str, Any]:
    names = {"resource": plural, "singularResource": kind.lower(), "shortNames": list(short)}
    return {**names, "scope": scope, "responseKind": {"kind": kind}}


def group(name: str, version: str, *resources: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name} if name else {}, "versions": [{"version": version, "resources": resources}]}


CORE = {"items": [group("", "v1", resource("pods", "Pod", "po"), resource("nodes", "Node", scope="Cluster"))]}
OTHERS = {
    "items": [
        group("metrics.example", "v1", resource("pods", "PodMetrics")),
        group("automl-operator.dev", "v1alpha1", resource("automltrials", "AutoMLTrial", "amltrial")),
    ]
}
KINDS = ((200, CORE), (200, OTHERS))
POD = {"metadata": {"name": "one"}}
TRIAL = {"kind": "AutoMLTrial", "apiVersion": "automl-operator.dev/v1alpha1", "metadata": {"name": "t"}}


@contextmanager
def reading(*answers: tuple[int, Any]) -> Iterator[tuple[Reader, ScriptedAnswers]]:
    with http_api(*KINDS, *answers) as (url, script):
        reader = a_reader(url)
        try:
            yield reader, script
        finally:
            reader.close()


def a_reader(url: str) -> Reader:
    return Reader(lambda: HTTPConnection(str(urlsplit(url).hostname), urlsplit(url).port, timeout=10))


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        pytest.param("pods", "/api/v1/namespaces/work/pods/x", id="the plural; the core group first"),
        pytest.param("pod", "/api/v1/namespaces/work/pods/x", id="the singular"),
        pytest.param("po", "/api/v1/namespaces/work/pods/x", id="the short name"),
        pytest.param("pods.metrics.example", "/apis/metrics.example/v1/namespaces/work/pods/x", id="with its group"),
        pytest.param(
            "amltrial", "/apis/automl-operator.dev/v1alpha1/namespaces/work/automltrials/x", id="one of our own"
        ),
        pytest.param("nodes", "/api/v1/nodes/x", id="one without namespaces"),
    ],
)
def test_a_kind_has_every_name_that_kubectl_knows(kind: str, path: str) -> None:
    with reading((200, POD)) as (reader, script):
        assert reader.get(kind, "x", namespace="work") == POD
        assert script.heard[-1].path == path


def test_several_kinds_make_one_list_whose_items_have_their_kind() -> None:
    with reading((200, {"items": [POD]}), (200, {"items": [TRIAL]})) as (reader, script):
        found = reader.get("pods,amltrial", namespace="work", selector="a=b", fields="c=d")
        assert found == {"items": [{"apiVersion": "v1", "kind": "Pod", **POD}, TRIAL]}
        assert {heard.path.partition("?")[2] for heard in script.heard[2:]} == {
            "labelSelector=a%3Db&fieldSelector=c%3Dd"
        }


def test_a_newly_defined_kind_is_found() -> None:
    with http_api((200, CORE), (200, {"items": []}), (200, {"items": []}), *KINDS, (200, TRIAL)) as (url, _):
        reader = a_reader(url)
        assert reader.get("pods") == {"items": []}
        assert reader.get("amltrial", "t", namespace="work") == TRIAL
        reader.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            (404, {"reason": "NotFound", "message": 'pods "x" not found'}),
            r'404: NotFound: pods "x" not',
            id="a Status",
        ),
        pytest.param((503, "starting"), "503: starting", id="plain text"),
    ],
)
def test_a_refusal_has_the_servers_message(answer: tuple[int, Any], words: str) -> None:
    with reading(answer) as (reader, _), pytest.raises(ToolError, match=words):
        reader.get("pods", "x", namespace="work")


def test_a_busy_server_is_asked_again() -> None:
    slept: list[float] = []
    with http_api(*KINDS, *[(429, {"reason": "TooManyRequests"})] * 2, (200, POD)) as (url, _):
        reader = Reader(lambda: HTTPConnection(str(urlsplit(url).hostname), urlsplit(url).port), slept.append)
        assert reader.get("pods", "one") == POD
        reader.close()
    assert slept == [1.0, 1.0]


def test_an_unknown_kind_is_an_error_that_says_so() -> None:
    with reading() as (reader, _), pytest.raises(ToolError, match="does not know the kind frobs"):
        reader.get("frobs")


def test_a_closed_connection_is_opened_again() -> None:
    with reading((200, POD), (200, POD)) as (reader, script):
        # The fake speaks HTTP/1.0, which closes the connection after every answer.
        assert [reader.get("pods", "one") for _ in range(2)] == [POD, POD]
        assert len(script.heard) == 4


def test_an_unreachable_server_is_reported() -> None:
    with http_api() as (url, _):
        reader = a_reader(url)
    with pytest.raises(ToolError, match="does not answer: ConnectionRefused"):
        reader.get("pods")
