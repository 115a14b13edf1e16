"""Answers of the API server, translated for decisions."""

import pytest

from automl_operator.controller.world import Superseded, Unavailable, WorldError, WriteRefused
from automl_operator.kube.api.errors import ApiError, Busy, Conflict, Forbidden, Invalid, NotFound
from automl_operator.kube.world.refusals import as_world_errors, world_error

QUOTA = 'persistentvolumeclaims "churn-store" is forbidden: exceeded quota: q, requested: requests.storage=10Gi'
GOING = 'jobs.batch "x" is forbidden: unable to create new content in namespace lab because it is being terminated'
RIGHTS = 'jobs.batch is forbidden: User "system:serviceaccount:a:b" cannot create resource "jobs" in API group "batch"'
POLICY = 'admission webhook "policy.example.com" denied the request: no Jobs on Fridays'


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        pytest.param(NotFound("gone"), Superseded, id="not found"),
        pytest.param(Conflict("another uid"), Superseded, id="another object of its name"),
        pytest.param(Forbidden(GOING), Superseded, id="the namespace is being deleted"),
        pytest.param(Forbidden(QUOTA), Unavailable, id="a full quota"),
        pytest.param(Forbidden(RIGHTS), Unavailable, id="a removed right"),
        pytest.param(Forbidden(POLICY), WriteRefused, id="a policy"),
        pytest.param(Invalid("spec.x: Required value"), WriteRefused, id="invalid"),
        pytest.param(Busy("etcdserver: leader changed"), Unavailable, id="busy"),
        pytest.param(ApiError("odd"), Unavailable, id="anything else"),
    ],
)
def test_an_answer_is_translated(error: ApiError, meaning: type[WorldError]) -> None:
    found = world_error(error)
    assert type(found) is meaning
    assert error.message in str(found)


@pytest.mark.parametrize(("words", "reason"), [(QUOTA, "QuotaExceeded"), (RIGHTS, "RightMissing")])
def test_every_translation_has_a_reason(words: str, reason: str) -> None:
    found = world_error(Forbidden(words))
    assert isinstance(found, Unavailable)
    assert found.reason == reason


def test_a_refusal_keeps_the_servers_reason() -> None:
    with pytest.raises(WriteRefused, match="Fridays") as caught, as_world_errors():
        raise Forbidden(POLICY, reason="Forbidden")
    assert caught.value.reason == "Forbidden"
