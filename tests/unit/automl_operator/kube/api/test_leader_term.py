"""Who leads, and in which term."""

from automl_operator.kube.api.leadership import LeaderTerm


def test_a_seat_is_empty_until_it_is_taken_and_when_it_was_left():
    leader_term = LeaderTerm()
    assert leader_term.term() is None
    leader_term.take(lambda: 7)
    assert leader_term.term() == 7
    leader_term.leave()
    assert leader_term.term() is None
