"""The desk's memory: the budget's clock, suggestions, and who was heard of."""

import pytest

from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.search.suggester import SuggestAnswer
from builders.control import a_progress, a_result, a_suggestion, an_assignment
from fakes.desk_runner import T0, Runner


@pytest.fixture
def book() -> ExperimentMemory:
    return ExperimentMemory(T0)


def test_a_new_desk_is_empty_and_opened_now(book):
    desk = book.view(T0)
    assert (desk.opened_at, desk.active_seconds, desk.suggesting, desk.exhausted) == (T0, 0.0, 0, False)
    assert (desk.sessions, desk.leases, desk.handed, desk.suggestions) == ((), (), (), ())
    assert desk.status_written_at == float("-inf")


class TestActiveSeconds:
    def test_nothing_counts_before_the_first_lease(self, book):
        Runner(book).ask()
        assert book.view(T0 + 20).active_seconds == 0.0

    def test_on_one_machine_it_counts_from_when_the_user_asked(self, book):
        book.begin(3.0, T0)
        assert book.view(T0 + 10).active_seconds == pytest.approx(13)

    def test_time_counts_from_the_first_lease_also_between_assignments(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0 + 5)
        book.hand_in("r1", a_result(), T0 + 10)
        Runner(book).ask(T0 + 10)
        assert book.view(T0 + 20).active_seconds == pytest.approx(15)

    def test_it_starts_from_the_stored_figure_which_is_read_once(self, book):
        book.attend(100.0, counting=True, ended=[], now=T0)
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(110.0, counting=True, ended=[], now=T0 + 10)
        assert book.view(T0 + 10).active_seconds == pytest.approx(110)

    def test_it_stops_when_the_last_runner_was_not_heard_for_a_leases_lifetime(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        assert book.view(T0 + 500).active_seconds == pytest.approx(30)

    def test_it_stops_when_the_last_runner_has_ended(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert book.view(T0 + 30).active_seconds == pytest.approx(4)

    def test_it_goes_on_while_another_runner_works(self, book):
        for uid in ("r1", "r2"):
            Runner(book, uid).ask()
            book.grant(uid, an_assignment(uid), None, T0)
        book.heartbeat("r2", (a_progress("r2"),), T0 + 4)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert book.view(T0 + 20).active_seconds == pytest.approx(20)

    def test_it_stands_still_while_suspended(self, book):
        Runner(book).ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=False, ended=[], now=T0 + 2)
        book.heartbeat("r1", (a_progress("a1"),), T0 + 8)
        book.attend(0.0, counting=True, ended=[], now=T0 + 10)
        assert book.view(T0 + 11).active_seconds == pytest.approx(3)

    def test_a_clock_that_is_set_back_takes_nothing_away(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        before = book.view(T0 + 10).active_seconds
        assert book.view(T0 - 1000).active_seconds == before


class TestSuggestions:
    def test_they_wait_by_index_until_used(self, book):
        era = book.suggestions_asked(2)
        assert book.view(T0).suggesting == 2
        book.suggested(era, 2, SuggestAnswer(suggestions=(a_suggestion(1), a_suggestion(0))))
        assert [suggestion.index for suggestion in book.view(T0).suggestions] == [0, 1]
        assert book.view(T0).suggesting == 0
        book.grant("r1", an_assignment(), 0, T0)
        assert [suggestion.index for suggestion in book.view(T0).suggestions] == [1]

    def test_dropped_ones_do_not_come_back_with_a_late_answer(self, book):
        era = book.suggestions_asked(1)
        book.drop_suggestions()
        book.suggested(era, 1, SuggestAnswer(suggestions=(a_suggestion(0),), exhausted=True))
        desk = book.view(T0)
        assert (desk.suggestions, desk.suggesting, desk.exhausted) == ((), 0, False)

    def test_a_search_with_nothing_left_may_be_asked_again_after_a_result(self, book):
        book.suggested(book.suggestions_asked(1), 1, SuggestAnswer(exhausted=True))
        assert book.view(T0).exhausted
        book.hand_in("r1", a_result(), T0)
        assert not book.view(T0).exhausted

    def test_a_search_that_failed_is_known_by_its_last_words_and_asked_again_after_a_result(self, book):
        book.suggesting_failed(book.suggestions_asked(2), 2, "out of memory")
        desk = book.view(T0)
        assert (desk.search_failure, desk.suggesting, desk.exhausted) == ("out of memory", 0, False)
        book.hand_in("r1", a_result(), T0)
        assert book.view(T0).search_failure == ""

    def test_a_failure_from_before_a_drop_says_nothing_of_what_is_asked_now(self, book):
        era = book.suggestions_asked(1)
        book.drop_suggestions()
        book.suggesting_failed(era, 1, "out of memory")
        desk = book.view(T0)
        assert (desk.search_failure, desk.suggesting) == ("", 0)


def test_the_status_write_is_remembered(book):
    book.status_written(T0 + 3)
    assert book.view(T0 + 4).status_written_at == T0 + 3
