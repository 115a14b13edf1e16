"""The memory of one experiment: the budget's clock, suggestions, and the last contact with each runner."""

import pytest

from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.search.suggester import SuggestAnswer
from builders.control import a_default_suggestion, a_progress, a_result, an_assignment
from fakes.memory_runner import T0, Runner


@pytest.fixture
def memory() -> ExperimentMemory:
    return ExperimentMemory(T0)


def test_a_new_memory_is_empty_and_opened_now(memory):
    broker = memory.view(T0)
    assert (broker.opened_at, broker.active_seconds, broker.suggesting, broker.exhausted) == (T0, 0.0, 0, False)
    assert (broker.sessions, broker.leases, broker.pending_results, broker.suggestions) == ((), (), (), ())
    assert broker.status_written_at == float("-inf")


class TestActiveSeconds:
    def test_nothing_counts_before_the_first_lease(self, memory):
        Runner(memory).ask()
        assert memory.view(T0 + 20).active_seconds == 0.0

    def test_on_one_machine_it_counts_from_the_start_of_the_command(self, memory):
        memory.begin(3.0, T0)
        assert memory.view(T0 + 10).active_seconds == pytest.approx(13)

    def test_time_counts_from_the_first_lease_also_between_assignments(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0 + 5)
        memory.hand_in("r1", a_result(), T0 + 10)
        Runner(memory).ask(T0 + 10)
        assert memory.view(T0 + 20).active_seconds == pytest.approx(15)

    def test_it_starts_from_the_stored_figure_which_is_read_once(self, memory):
        memory.sync(100.0, counting=True, ended=[], now=T0)
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        memory.sync(110.0, counting=True, ended=[], now=T0 + 10)
        assert memory.view(T0 + 10).active_seconds == pytest.approx(110)

    def test_it_stops_when_the_last_runner_was_silent_for_the_lifetime_of_a_lease(self, memory):
        memory.heartbeat("r1", (a_progress("a1"),), T0)
        assert memory.view(T0 + 500).active_seconds == pytest.approx(30)

    def test_it_stops_when_the_last_runner_has_ended(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        memory.sync(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert memory.view(T0 + 30).active_seconds == pytest.approx(4)

    def test_it_goes_on_while_another_runner_works(self, memory):
        for uid in ("r1", "r2"):
            Runner(memory, uid).ask()
            memory.grant(uid, an_assignment(uid), None, T0)
        memory.heartbeat("r2", (a_progress("r2"),), T0 + 4)
        memory.sync(0.0, counting=True, ended=["r1"], now=T0 + 4)
        assert memory.view(T0 + 20).active_seconds == pytest.approx(20)

    def test_it_stands_still_while_suspended(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        memory.sync(0.0, counting=False, ended=[], now=T0 + 2)
        memory.heartbeat("r1", (a_progress("a1"),), T0 + 8)
        memory.sync(0.0, counting=True, ended=[], now=T0 + 10)
        assert memory.view(T0 + 11).active_seconds == pytest.approx(3)

    def test_a_clock_that_is_set_back_takes_nothing_away(self, memory):
        memory.heartbeat("r1", (a_progress("a1"),), T0)
        before = memory.view(T0 + 10).active_seconds
        assert memory.view(T0 - 1000).active_seconds == before


class TestSuggestions:
    def test_they_wait_by_index_until_used(self, memory):
        era = memory.suggestions_asked(2)
        assert memory.view(T0).suggesting == 2
        memory.suggested(era, 2, SuggestAnswer(suggestions=(a_default_suggestion(1), a_default_suggestion(0))))
        assert [suggestion.index for suggestion in memory.view(T0).suggestions] == [0, 1]
        assert memory.view(T0).suggesting == 0
        memory.grant("r1", an_assignment(), 0, T0)
        assert [suggestion.index for suggestion in memory.view(T0).suggestions] == [1]

    def test_dropped_suggestions_do_not_come_back_with_a_late_answer(self, memory):
        era = memory.suggestions_asked(1)
        memory.drop_suggestions()
        memory.suggested(era, 1, SuggestAnswer(suggestions=(a_default_suggestion(0),), exhausted=True))
        broker = memory.view(T0)
        assert (broker.suggestions, broker.suggesting, broker.exhausted) == ((), 0, False)

    def test_a_search_with_nothing_left_may_be_asked_again_after_a_result(self, memory):
        memory.suggested(memory.suggestions_asked(1), 1, SuggestAnswer(exhausted=True))
        assert memory.view(T0).exhausted
        memory.hand_in("r1", a_result(), T0)
        assert not memory.view(T0).exhausted

    def test_a_failed_search_keeps_its_message_and_is_asked_again_after_a_result(self, memory):
        memory.suggesting_failed(memory.suggestions_asked(2), 2, "out of memory")
        broker = memory.view(T0)
        assert (broker.search_failure, broker.suggesting, broker.exhausted) == ("out of memory", 0, False)
        memory.hand_in("r1", a_result(), T0)
        assert memory.view(T0).search_failure == ""

    def test_a_failure_from_before_a_drop_does_not_count_for_later_requests(self, memory):
        era = memory.suggestions_asked(1)
        memory.drop_suggestions()
        memory.suggesting_failed(era, 1, "out of memory")
        broker = memory.view(T0)
        assert (broker.search_failure, broker.suggesting) == ("", 0)


def test_the_status_write_is_remembered(memory):
    memory.status_written(T0 + 3)
    assert memory.view(T0 + 4).status_written_at == T0 + 3
