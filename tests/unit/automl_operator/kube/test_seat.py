"""Who leads, and in which term."""

from automl_operator.kube.leader_term import LeaderTerm


def test_a_seat_is_empty_until_it_is_taken_and_when_it_was_left():
    seat = LeaderTerm()
    assert seat.term() is None
    seat.take(lambda: 7)
    assert seat.term() == 7
    seat.leave()
    assert seat.term() is None
