"""Open calls: answered when there is work, a cancellation or a dismissal, and never twice with the same."""

import pytest

from automl_operator.broker.experiment_memory import ExperimentMemory
from builders.control import a_progress, a_result, an_assignment
from fakes.memory_runner import T0, Runner, session


@pytest.fixture
def memory() -> ExperimentMemory:
    return ExperimentMemory(T0)


class TestCalls:
    def test_a_waiting_runner_has_free_slots_until_it_is_answered(self, memory):
        runner = Runner(memory, slots=2)
        call = runner.ask(free=2)
        assert session(memory).free == 2
        runner.answer(call)
        assert session(memory).free == 0

    def test_a_grant_to_the_last_free_slot_answers_at_once(self, memory):
        runner = Runner(memory)
        call = runner.ask()
        memory.grant("r1", an_assignment(), None, T0)
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_grants_to_several_slots_go_out_together(self, memory):
        runner = Runner(memory, slots=3)
        call = runner.ask(free=3)
        memory.grant("r1", an_assignment("a1"), None, T0)
        memory.grant("r1", an_assignment("a2"), None, T0)
        assert not runner.ready
        assert session(memory).free == 1
        memory.flush()
        assert runner.ready
        assert runner.answer(call) == ["a1", "a2"]

    def test_flushing_leaves_a_call_without_new_work_open(self, memory):
        runner = Runner(memory)
        runner.ask()
        memory.flush()
        assert not runner.ready

    def test_a_repeated_call_replaces_the_open_one_and_takes_over_its_work(self, memory):
        first, second = Runner(memory, slots=2), Runner(memory, slots=2)
        old = first.ask(free=2)
        memory.grant("r1", an_assignment(), None, T0)
        new = second.ask(free=2)
        assert first.ready
        assert first.answer(old) == []
        assert session(memory).free == 1
        assert second.answer(new) == ["a1"]

    def test_closing_a_replaced_call_leaves_the_new_one_open(self, memory):
        runner = Runner(memory)
        old = runner.ask()
        runner.ask()
        runner.answer(old)
        assert session(memory).free == 1

    def test_a_grant_without_an_open_call_is_in_the_next_answer(self, memory):
        runner = Runner(memory)
        runner.answer(runner.ask())
        memory.grant("r1", an_assignment(), None, T0)
        call = runner.ask()
        assert runner.ready
        assert runner.answer(call) == ["a1"]

    def test_a_lost_answer_is_given_again_under_the_same_id(self, memory):
        runner = Runner(memory)
        call = runner.ask()
        memory.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1)
        assert runner.ready
        assert runner.answer(again) == ["a1"]
        assert len(memory.view(T0).leases) == 1

    def test_an_answer_that_arrived_is_not_given_again(self, memory):
        runner = Runner(memory, slots=2)
        call = runner.ask(free=2)
        memory.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        again = runner.ask(T0 + 1, free=1, holding=[a_progress("a1")])
        assert not runner.ready
        assert runner.answer(again) == []

    def test_work_that_a_runner_has_held_is_not_given_again_when_it_stops_holding_it(self, memory):
        runner = Runner(memory)
        call = runner.ask()
        memory.grant("r1", an_assignment(), None, T0)
        runner.answer(call)
        memory.heartbeat("r1", (a_progress("a1"),), T0 + 1)
        assert runner.answer(runner.ask(T0 + 2)) == []
        assert [lease.id for lease in memory.view(T0 + 2).leases] == ["a1"]

    def test_idle_counts_from_the_end_of_the_last_work(self, memory):
        runner = Runner(memory)
        runner.ask()
        assert session(memory).idle_since == T0
        memory.grant("r1", an_assignment(), None, T0 + 5)
        assert session(memory).idle_since is None
        memory.hand_in("r1", a_result(), T0 + 9)
        runner.ask(T0 + 10)
        runner.ask(T0 + 20)
        assert session(memory).idle_since == T0 + 9


class TestCancel:
    def test_an_open_call_is_answered_at_once_with_the_cancellation(self, memory):
        runner = Runner(memory, slots=2)
        call = runner.ask(holding=[a_progress("a1")])
        memory.cancel("a1", T0)
        assert runner.ready
        assert memory.answer("r1", call).cancel == ("a1",)
        assert memory.view(T0).leases[0].cancelled

    def test_the_next_call_waits_again_so_that_a_dying_child_is_no_busy_loop(self, memory):
        runner = Runner(memory, slots=2)
        memory.answer("r1", runner.ask(holding=[a_progress("a1")]))
        memory.cancel("a1", T0)
        runner.ask(holding=[a_progress("a1")])
        assert not runner.ready
        assert memory.cancelled("r1") == ("a1",)

    def test_cancelling_twice_wakes_once(self, memory):
        runner = Runner(memory, slots=2)
        runner.ask(holding=[a_progress("a1")])
        memory.cancel("a1", T0)
        memory.cancel("a1", T0)
        assert runner.ready == 1

    def test_the_cancelled_result_ends_the_cancellation(self, memory):
        memory.heartbeat("r1", (a_progress("a1"),), T0)
        memory.cancel("a1", T0)
        memory.hand_in("r1", a_result(outcome="cancelled"), T0)
        assert memory.cancelled("r1") == ()

    def test_work_cancelled_before_its_delivery_is_forgotten(self, memory):
        runner = Runner(memory)
        runner.answer(runner.ask())
        memory.grant("r1", an_assignment(), None, T0)
        memory.cancel("a1", T0)
        call = runner.ask()
        assert runner.answer(call) == []
        assert memory.view(T0).leases == ()

    def test_cancelling_work_that_nobody_holds_does_nothing(self, memory):
        memory.cancel("unknown", T0)
        assert memory.view(T0).leases == ()


class TestDismissal:
    def test_a_waiting_runner_is_sent_away_at_once(self, memory):
        runner = Runner(memory)
        call = runner.ask()
        memory.dismiss("r1")
        assert runner.ready
        assert session(memory).free == 0
        assert memory.answer("r1", call).leave

    def test_a_dismissal_whose_answer_was_lost_is_sent_again(self, memory):
        runner = Runner(memory)
        memory.answer("r1", runner.ask())
        memory.dismiss("r1")
        call = runner.ask()
        assert runner.ready
        assert session(memory).free == 0
        assert memory.answer("r1", call).leave

    def test_an_ended_runner_is_forgotten_but_its_leases_stay_for_the_decision(self, memory):
        runner = Runner(memory)
        runner.ask()
        memory.grant("r1", an_assignment(), None, T0)
        memory.sync(0.0, counting=True, ended=["r1"], now=T0 + 1)
        broker = memory.view(T0 + 1)
        assert broker.sessions == ()
        assert len(broker.leases) == 1

    def test_a_silent_runner_is_forgotten_after_a_while(self, memory):
        Runner(memory).ask()
        memory.sync(0.0, counting=True, ended=[], now=T0 + 299)
        assert memory.view(T0 + 299).sessions
        memory.sync(0.0, counting=True, ended=[], now=T0 + 301)
        assert memory.view(T0 + 301).sessions == ()
