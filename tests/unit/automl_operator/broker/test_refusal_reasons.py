"""Each refused request has one reason for metrics, which dashboards rely on."""

import pytest

from automl_operator.broker.identity import Unauthorized
from automl_operator.broker.leases import HeldByAnother
from automl_operator.broker.reading import BadCall, TooOld, TooSlow, UnreadableCall
from automl_operator.broker.refusal import refusal_of


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        pytest.param(UnreadableCall("no JSON"), 400, "Unreadable", id="an unreadable body"),
        pytest.param(TooSlow("late"), 400, "TooSlow", id="a body that does not arrive in time"),
        pytest.param(TooOld("version 1"), 409, "TooOld", id="an old protocol"),
        pytest.param(HeldByAnother("r2 holds it"), 400, "HeldByAnother", id="the work of another runner"),
        pytest.param(Unauthorized("no token", reason="NoToken"), 401, "NoToken", id="a stranger"),
    ],
)
def test_a_refusal_is_counted_by_its_reason(error: Exception, status: int, reason: str) -> None:
    found = refusal_of(error)
    assert (found.status, found.reason) == (status, reason)


def test_every_bad_call_has_a_reason() -> None:
    kinds = BadCall.__subclasses__()
    assert len(kinds) == 3
    assert all(refusal_of(kind("words")).reason for kind in kinds)
