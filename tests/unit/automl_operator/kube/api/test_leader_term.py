"""The holder of the leadership and its term."""

from automl_operator.kube.api.leadership import LeaderTerm


def test_there_is_no_term_before_leadership_and_after_its_end():
    leader_term = LeaderTerm()
    assert leader_term.term() is None
    leader_term.take(lambda: 7)
    assert leader_term.term() == 7
    leader_term.leave()
    assert leader_term.term() is None
