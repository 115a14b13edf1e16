"""Refusals of the API server as messages for people."""

import json

import pytest

from automl.cluster.api import ClusterContext
from automl.cluster.errors import (
    ApiRefused,
    ClusterError,
    Exists,
    Expired,
    Forbidden,
    NotFound,
    NotInstalled,
    Unreachable,
)
from automl.cluster.refusals import ApiRequest, refusal
from automl_api.kinds import EXPERIMENTS

ASKED = ApiRequest("create", EXPERIMENTS, "adult", ClusterContext("prod", "team"))


def a_status(message: str, reason: str = "", **details: object) -> str:
    return json.dumps({"kind": "Status", "message": message, "reason": reason, "details": details})


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        pytest.param(401, a_status("Unauthorized"), Forbidden, "log in again", id="credentials"),
        pytest.param(
            403, a_status('User "bob" cannot create resource'), Forbidden, "you may not create automlexperiments", id="rights"
        ),
        pytest.param(
            403, a_status('pods "x" is forbidden: exceeded quota: q'), ApiRefused, "exceeded quota", id="a quota, not a missing right"
        ),
        pytest.param(
            403, a_status('violates PodSecurity "restricted"'), ApiRefused, "violates PodSecurity", id="pod security, not a missing right"
        ),
        pytest.param(404, "404 page not found\n", NotInstalled, "helm install automl", id="kind unknown"),
        pytest.param(
            404, a_status('namespaces "team" not found', kind="namespaces"), ApiRefused, "kubectl create namespace team", id="namespace"
        ),
        pytest.param(
            404, a_status("not found", kind="automlexperiments"), NotFound, 'there is no experiment "adult"', id="object"
        ),
        pytest.param(409, a_status("exists", "AlreadyExists"), Exists, "exists already", id="exists"),
        pytest.param(409, a_status("conflict", "Conflict"), ApiRefused, "conflict", id="conflict"),
        pytest.param(410, a_status("too old", "Expired"), Expired, "too old", id="expired"),
        pytest.param(429, a_status("slow down"), Unreachable, "cannot answer now (429: slow down)", id="busy"),
        pytest.param(503, "<html>bad gateway</html>", Unreachable, "bad gateway", id="a proxy's page"),
        pytest.param(500, a_status("etcdserver: request is too large"), ApiRefused, "too large", id="too large"),
        pytest.param(413, "", ApiRefused, "HTTP 413", id="no message"),
        pytest.param(400, "[1]", ApiRefused, "[1]", id="other json"),
    ],
)  # fmt: skip
def test_a_refusal_is_translated(status: int, body: str, error: type[ClusterError], words: str) -> None:
    refused = refusal(status, body, ASKED)
    assert type(refused) is error
    assert words in str(refused)


def test_an_invalid_object_has_a_line_for_each_field() -> None:
    causes = [
        {"field": "spec.budget", "message": 'Invalid value: "object": must be more than zero'},
        {"field": "spec.parallelism", "message": "Invalid value: 0: should be greater than or equal to 1"},
        {"field": "<nil>", "message": "spec.target cannot change after the start"},
        {"field": "<nil>", "message": "spec.target cannot change after the start"},
    ]
    refused = refusal(422, a_status("is invalid", "Invalid", causes=causes), ASKED)
    assert str(refused).splitlines() == [
        "spec.budget: must be more than zero",
        "spec.parallelism: Invalid value: 0: should be greater than or equal to 1",
        "spec.target cannot change after the start",
    ]
