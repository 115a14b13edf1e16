"""Who leads, in which term, and what becomes of the writes of one who does not any more."""

import pytest

from automl_api.kinds import EXPERIMENTS
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.actions import StartRunner
from automl_operator.kube.api.urgency import Urgency
from automl_operator.kube.seat import FencedWorld, Seat
from automl_operator.kube.term import LEASE_TERMS_BEGIN, term_of_the_only_process
from builders.desks import an_experiment
from fakes.api_server import FakeApiServer
from fakes.world import FakeWorld


def test_a_seat_is_empty_until_it_is_taken_and_when_it_was_left():
    seat = Seat()
    assert seat.term() is None
    seat.take(lambda: 7)
    assert seat.term() == 7
    seat.leave()
    assert seat.term() is None


async def test_a_process_whose_term_is_over_writes_nothing_but_may_look():
    world, seat = FakeWorld(), Seat()
    key = world.create(an_experiment())
    fenced = FencedWorld(world, seat)
    term: list[int | None] = [3]
    seat.take(lambda: term[0])
    await fenced.apply(key, StartRunner("runner", "cpu"))
    term[0] = None
    with pytest.raises(Unavailable, match="does not lead"):
        await fenced.apply(key, StartRunner("another", "cpu"))
    snapshot = await fenced.observe(key)
    assert snapshot is not None
    assert [runner.name for runner in snapshot.runners] == ["runner"]


async def test_the_term_of_a_process_that_was_started_again_is_no_lower():
    server = FakeApiServer()
    first = await term_of_the_only_process(server, ())
    body = {"metadata": {"name": "churn", "namespace": "default"}}
    await server.create(EXPERIMENTS, "default", body, urgency=Urgency.OBJECT)
    second = await term_of_the_only_process(server, ("default",))
    assert first < second < LEASE_TERMS_BEGIN
