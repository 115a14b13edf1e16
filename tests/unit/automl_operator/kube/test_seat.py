"""Who leads, and in which term."""

from automl_api.kinds import EXPERIMENTS
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.seat import Seat
from automl_operator.kube.term import term_of_the_only_process
from fakes.api_server import FakeApiServer


def test_a_seat_is_empty_until_it_is_taken_and_when_it_was_left():
    seat = Seat()
    assert seat.term() is None
    seat.take(lambda: 7)
    assert seat.term() == 7
    seat.leave()
    assert seat.term() is None


async def test_the_term_of_a_process_that_was_started_again_is_no_lower():
    server = FakeApiServer()
    first = await term_of_the_only_process(server, ())
    body = {"metadata": {"name": "churn", "namespace": "default"}}
    await server.create(EXPERIMENTS, "default", body, urgency=Urgency.OBJECT)
    second = await term_of_the_only_process(server, ("default",))
    assert first < second
