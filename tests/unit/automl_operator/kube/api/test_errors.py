"""Answers of the API server as exceptions."""

from typing import Any

import pytest

from automl_operator.kube.api.errors import (
    Busy,
    Conflict,
    Exists,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    error_of,
)

ANSWERS: dict[str, tuple[int, dict[str, Any], bool, type[Exception]]] = {
    "not found": (404, {"reason": "NotFound"}, False, NotFound),
    "a name that is taken": (409, {"reason": "AlreadyExists"}, True, Exists),
    "a conflict": (409, {"reason": "Conflict"}, False, Conflict),
    "a conflict on create": (409, {"reason": "Conflict"}, True, Conflict),
    "expired": (410, {"reason": "Expired"}, False, Expired),
    "gone": (410, {"reason": "Gone"}, False, Expired),
    "from the future": (504, {"message": "Timeout: Too large resource version: 9, current: 1"}, False, Expired),
    "forbidden": (403, {"reason": "Forbidden"}, False, Forbidden),
    "invalid": (422, {"reason": "Invalid"}, False, Invalid),
    "the wrong uid": (422, {"details": {"causes": [{"field": "metadata.uid"}]}}, False, Conflict),
    "bad request": (400, {"reason": "BadRequest"}, False, Invalid),
    "too large a body": (413, {}, False, Invalid),
    "too large for etcd": (500, {"message": "etcdserver: request is too large"}, False, Invalid),
    "too many": (429, {"reason": "TooManyRequests"}, False, Busy),
    "broken": (500, {"reason": "InternalError"}, False, Busy),
    "away": (503, {}, False, Busy),
    "late": (504, {"reason": "Timeout"}, False, Busy),
    "a token that is being renewed": (401, {"reason": "Unauthorized"}, False, Busy),
}


@pytest.mark.parametrize(("status", "answer", "creating", "kind"), list(ANSWERS.values()), ids=list(ANSWERS))
def test_an_answer_has_one_meaning(status: int, answer: dict[str, Any], creating: bool, kind: type[Exception]) -> None:
    error = error_of(status, answer, creating=creating)
    assert type(error) is kind
    assert (error.status, error.reason) == (status, answer.get("reason", ""))


def test_the_servers_message_is_kept() -> None:
    words = 'pods "x" is forbidden: exceeded quota: q, requested: cpu=1, used: cpu=4, limited: cpu=4'
    assert str(error_of(403, {"message": words})) == words


def test_the_time_to_wait_is_read_from_the_details() -> None:
    assert error_of(429, {"details": {"retryAfterSeconds": 3}}).retry_after == 3.0
    assert error_of(429, {"details": {"retryAfterSeconds": "soon"}}).retry_after is None
