"""Leases and results: kept alive, adopted, ended once, and never for another runner's work."""

import pytest

from automl_operator.broker.experiment_memory import ExperimentMemory
from automl_operator.broker.leases import MAX_UNLEASED, HeldByAnother
from builders.control import a_progress, a_result, an_assignment
from fakes.memory_runner import T0, Runner


@pytest.fixture
def memory() -> ExperimentMemory:
    return ExperimentMemory(T0)


class TestLeases:
    def test_a_lease_is_kept_alive_by_its_runners_messages(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        Runner(memory).ask(T0 + 10)
        assert memory.view(T0 + 10).leases[0].last_heartbeat == T0
        memory.heartbeat("r1", (a_progress("a1", folds=1),), T0 + 12)
        (lease,) = memory.view(T0 + 12).leases
        assert (lease.granted_at, lease.last_heartbeat, len(lease.progress.folds)) == (T0, T0 + 12, 1)
        assert lease.assignment == an_assignment()

    def test_an_unknown_assignment_is_adopted_with_its_progress(self, memory):
        assert memory.heartbeat("r1", (a_progress("old", folds=2).replace(seconds=7.0),), T0)
        (lease,) = memory.view(T0).leases
        assert (lease.id, lease.runner, lease.assignment) == ("old", "r1", None)
        assert len(lease.progress.folds) == 2
        assert lease.granted_at == T0 - 7

    def test_a_heartbeat_wakes_the_controller_only_when_a_fold_has_ended(self, memory):
        memory.heartbeat("r1", (a_progress("old", folds=1),), T0)
        assert not memory.heartbeat("r1", (a_progress("old", folds=1),), T0 + 10)
        assert memory.heartbeat("r1", (a_progress("old", folds=2),), T0 + 20)

    def test_work_that_another_runner_holds_is_ignored(self, memory):
        memory.heartbeat("r1", (a_progress("old"),), T0)
        assert not memory.heartbeat("r2", (a_progress("old", folds=3),), T0 + 1)
        (lease,) = memory.view(T0).leases
        assert (lease.runner, lease.last_heartbeat, lease.progress.folds) == ("r1", T0, ())

    def test_a_runner_cannot_fill_the_memory_with_invented_work(self, memory):
        for part in range(3):
            memory.heartbeat("r1", tuple(a_progress(f"{part}-{number}") for number in range(1024)), T0)
        assert len(memory.view(T0).leases) == 1024

    def test_a_dropped_lease_is_adopted_when_its_runner_comes_back(self, memory):
        memory.heartbeat("r1", (a_progress("a1"),), T0)
        memory.drop_lease("a1")
        assert memory.view(T0).leases == ()
        assert memory.heartbeat("r1", (a_progress("a1"),), T0 + 60)
        assert [lease.id for lease in memory.view(T0).leases] == ["a1"]


class TestResults:
    def test_a_result_ends_its_lease_and_waits_with_its_assignment(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        assert memory.hand_in("r1", a_result(), T0 + 3)
        broker = memory.view(T0 + 3)
        assert broker.leases == ()
        (pending,) = broker.pending_results
        assert (pending.result, pending.runner, pending.assignment) == (a_result(), "r1", an_assignment())

    def test_the_same_result_again_changes_nothing(self, memory):
        memory.hand_in("r1", a_result(), T0)
        assert not memory.hand_in("r1", a_result(outcome="failed"), T0 + 1)
        assert [pending.result.outcome for pending in memory.view(T0).pending_results] == ["succeeded"]

    def test_a_dropped_result_does_not_come_back(self, memory):
        memory.hand_in("r1", a_result(), T0)
        memory.drop_result("a1")
        assert not memory.hand_in("r1", a_result(), T0 + 1)
        assert memory.view(T0).pending_results == ()

    def test_a_late_heartbeat_does_not_bring_a_finished_assignment_back(self, memory):
        memory.hand_in("r1", a_result(), T0)
        assert not memory.heartbeat("r1", (a_progress("a1"),), T0 + 1)
        assert memory.view(T0).leases == ()

    def test_the_result_of_an_unknown_lease_is_accepted(self, memory):
        assert memory.hand_in("r1", a_result("old"), T0)
        assert memory.view(T0).pending_results[0].assignment is None

    def test_a_result_for_anothers_lease_is_refused_and_changes_nothing(self, memory):
        Runner(memory).ask()
        memory.grant("r1", an_assignment(), None, T0)
        with pytest.raises(HeldByAnother, match="a1"):
            memory.hand_in("r2", a_result(), T0)
        assert memory.view(T0).pending_results == ()
        assert len(memory.view(T0).leases) == 1


class TestHostileRunners:
    def test_granted_work_is_not_over_because_a_runner_reported_it_before_the_grant(self, memory):
        assert memory.hand_in("r9", a_result(), T0)
        memory.drop_result("a1")
        memory.grant("r1", an_assignment(), None, T0 + 1)
        assert memory.hand_in("r1", a_result(), T0 + 2)
        assert [pending.runner for pending in memory.view(T0 + 2).pending_results] == ["r1"]

    def test_results_of_work_that_was_never_leased_cannot_fill_the_memory(self, memory):
        for number in range(100):
            memory.hand_in("r9", a_result(f"x{number}"), T0)
        memory.grant("r1", an_assignment(), None, T0)
        assert memory.hand_in("r1", a_result(), T0 + 1)
        assert len(memory.view(T0).pending_results) == MAX_UNLEASED + 1
