"""Open calls: answered when there is work, a cancellation or a dismissal, and never twice with the same."""

import pytest

from automl_operator.broker.experiment_memory import ExperimentMemory
from builders.control import a_progress, a_result, an_assignment
from fakes.desk_runner import T0, Runner, session


@pytest.fixture
def book() -> ExperimentMemory:
    return ExperimentMemory(T0)


class TestCalls:
    def test_a_waiting_runner_has_free_slots_until_it_is_answered(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(free=2)
        assert session(book).free == 2
        runner.answer(call)
        assert session(book).free == 0

    def test_a_grant_to_the_last_free_slot_answers_at_once(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_grants_to_several_slots_go_out_together(self, book):
        runner = Runner(book, slots=3)
        call = runner.ask(free=3)
        book.grant("r1", an_assignment("a1"), None, T0)
        book.grant("r1", an_assignment("a2"), None, T0)
        assert not runner.ready
        assert session(book).free == 1
        book.flush()
        assert runner.ready
        assert runner.answer(call) == ["a1", "a2"]

    def test_flushing_leaves_a_call_open_that_was_given_nothing(self, book):
        runner = Runner(book)
        runner.ask()
        book.flush()
        assert not runner.ready

    def test_a_repeated_call_replaces_the_open_one_and_takes_over_what_was_given_to_it(self, book):
        first, second = Runner(book, slots=2), Runner(book, slots=2)
        old = first.ask(free=2)
        book.grant("r1", an_assignment(), None, T0)
        new = second.ask(free=2)
        assert first.ready
        assert first.answer(old) == []
        assert session(book).free == 1
        assert second.answer(new) == ["a1"]

    def test_closing_a_replaced_call_leaves_the_new_one_open(self, book):
        runner = Runner(book)
        old = runner.ask()
        runner.ask()
        runner.answer(old)
        assert session(book).free == 1

    def test_a_grant_without_an_open_call_lies_in_the_next_answer(self, book):
        runner = Runner(book)
        runner.answer(runner.ask())
        book.grant("r1", an_assignment(), None, T0)
        call = runner.ask()
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_a_lost_answer_is_given_again_under_the_same_id(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1)
        assert runner.ready
        assert runner.answer(again) == ["a1"]
        assert len(book.view(T0).leases) == 1

    def test_an_answer_that_arrived_is_not_given_again(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(free=2)
        book.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1, free=1, holding=[a_progress("a1")])
        assert not runner.ready
        assert runner.answer(again) == []

    def test_what_a_runner_has_held_once_is_not_given_again_when_it_stops_holding_it(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        book.heartbeat("r1", (a_progress("a1"),), T0 + 1)
        assert runner.answer(runner.ask(T0 + 2)) == []
        assert [lease.id for lease in book.view(T0 + 2).leases] == ["a1"]

    def test_idle_counts_from_the_end_of_the_last_work(self, book):
        runner = Runner(book)
        runner.ask()
        assert session(book).idle_since == T0
        book.grant("r1", an_assignment(), None, T0 + 5)
        assert session(book).idle_since is None
        book.hand_in("r1", a_result(), T0 + 9)
        runner.ask(T0 + 10)
        runner.ask(T0 + 20)
        assert session(book).idle_since == T0 + 9


class TestCancel:
    def test_an_open_call_is_answered_at_once_with_the_cancellation(self, book):
        runner = Runner(book, slots=2)
        call = runner.ask(holding=[a_progress("a1")])
        book.cancel("a1", T0)
        assert runner.ready
        assert book.answer("r1", call).cancel == ("a1",)
        assert book.view(T0).leases[0].cancelled

    def test_the_next_call_waits_again_so_that_a_dying_child_is_no_busy_loop(self, book):
        runner = Runner(book, slots=2)
        book.answer("r1", runner.ask(holding=[a_progress("a1")]))
        book.cancel("a1", T0)
        runner.ask(holding=[a_progress("a1")])
        assert not runner.ready
        assert book.cancelled("r1") == ("a1",)

    def test_cancelling_twice_wakes_once(self, book):
        runner = Runner(book, slots=2)
        runner.ask(holding=[a_progress("a1")])
        book.cancel("a1", T0)
        book.cancel("a1", T0)
        assert runner.ready == 1

    def test_the_cancelled_result_ends_it(self, book):
        book.heartbeat("r1", (a_progress("a1"),), T0)
        book.cancel("a1", T0)
        book.hand_in("r1", a_result(outcome="cancelled"), T0)
        assert book.cancelled("r1") == ()

    def test_what_was_cancelled_before_it_arrived_is_forgotten_not_delivered(self, book):
        runner = Runner(book)
        runner.answer(runner.ask())
        book.grant("r1", an_assignment(), None, T0)
        book.cancel("a1", T0)
        call = runner.ask()
        assert runner.answer(call) == []
        assert book.view(T0).leases == ()

    def test_cancelling_what_nobody_holds_is_fine(self, book):
        book.cancel("unknown", T0)
        assert book.view(T0).leases == ()


class TestDismissal:
    def test_a_waiting_runner_is_sent_away_at_once(self, book):
        runner = Runner(book)
        call = runner.ask()
        book.dismiss("r1")
        assert runner.ready
        assert session(book).free == 0
        assert book.answer("r1", call).leave

    def test_one_that_did_not_hear_it_hears_it_again(self, book):
        runner = Runner(book)
        book.answer("r1", runner.ask())
        book.dismiss("r1")
        call = runner.ask()
        assert runner.ready
        assert session(book).free == 0
        assert book.answer("r1", call).leave

    def test_an_ended_runner_is_forgotten_but_its_leases_stay_for_the_decision(self, book):
        runner = Runner(book)
        runner.ask()
        book.grant("r1", an_assignment(), None, T0)
        book.attend(0.0, counting=True, ended=["r1"], now=T0 + 1)
        desk = book.view(T0 + 1)
        assert desk.sessions == ()
        assert len(desk.leases) == 1

    def test_a_runner_that_fell_silent_is_forgotten_after_a_while(self, book):
        Runner(book).ask()
        book.attend(0.0, counting=True, ended=[], now=T0 + 299)
        assert book.view(T0 + 299).sessions
        book.attend(0.0, counting=True, ended=[], now=T0 + 301)
        assert book.view(T0 + 301).sessions == ()
