"""One reconcile applies a decision's actions in order, to the World and to the memory."""

import pytest

from automl_api.resources.experiment_status import ExperimentStatus
from automl_operator.controller.suggestions import SuggestionsFailed
from automl_operator.controller.world import Unavailable
from automl_operator.decisions.state.actions import (
    Cancel,
    CreatePlan,
    CreateTrial,
    Decision,
    Dismiss,
    DropLease,
    DropResult,
    DropSuggestions,
    Grant,
    Suggest,
    WriteExperimentStatus,
)
from builders.control import (
    a_claimed_trial,
    a_minimal_plan,
    a_progress,
    a_result,
    a_suggest_request,
    an_assignment,
)
from fakes.clock import settle
from fakes.controller_harness import NOTHING, ControllerHarness


@pytest.fixture
async def harness() -> ControllerHarness:
    return ControllerHarness()


class TestReconcile:
    async def test_actions_are_applied_in_order_to_world_and_memory_alike(self, harness):
        key = harness.create()
        seen: list[tuple[list[type], int]] = []

        async def watching(owner, action, apply=harness.world.apply):
            seen.append((harness.applied(key), len(harness.memories.of(key).view(0.0).leases)))
            await apply(owner, action)

        harness.world.apply = watching
        harness.decide_once(
            CreateTrial(a_claimed_trial(0)),
            Grant("r1", an_assignment("a0")),
            CreateTrial(a_claimed_trial(1)),
            Grant("r1", an_assignment("a1")),
        )
        await harness.controller.reconcile(key)
        assert seen == [([], 0), ([CreateTrial], 1)]
        assert [lease.id for lease in harness.memories.of(key).view(0.0).leases] == ["a0", "a1"]

    async def test_a_failed_create_drops_later_actions_and_earlier_grants_are_delivered(self, harness):
        key = harness.create()
        answered = harness.waiting_runner(key, free=2)
        harness.world.fail(CreatePlan, Unavailable("the disk is full"))
        harness.decide_once(
            Grant("r1", an_assignment("a0")),
            CreatePlan(a_minimal_plan()),
            Grant("r1", an_assignment("a1")),
            Dismiss("r1"),
        )
        assert await harness.controller.reconcile(key) == 0.0
        assert [lease.id for lease in harness.memories.of(key).view(0.0).leases] == ["a0"]
        assert answered

    async def test_a_second_reconcile_sees_the_first_and_changes_nothing(self, harness):
        key = harness.create()

        def until_there_is_a_plan(snapshot, broker):
            return NOTHING if snapshot.plan else Decision((CreatePlan(a_minimal_plan()),))

        harness.decide = until_there_is_a_plan
        await harness.controller.reconcile(key)
        await harness.controller.reconcile(key)
        assert harness.applied(key) == [CreatePlan]

    async def test_every_memory_action_reaches_the_memory(self, harness):
        key = harness.create()
        memory = harness.memories.of(key)
        memory.heartbeat("r1", (a_progress("cancelled"), a_progress("lost")), harness.clock())
        memory.hand_in("r1", a_result("done"), harness.clock())
        gone = harness.waiting_runner(key, "r2")
        harness.decide_once(
            Cancel("cancelled"), DropLease("lost"), DropResult("done"), Dismiss("r2"), DropSuggestions()
        )
        await harness.controller.reconcile(key)
        broker = memory.view(harness.clock())
        assert [(lease.id, lease.cancelled) for lease in broker.leases] == [("cancelled", True)]
        assert broker.pending_results == ()
        assert gone

    async def test_the_time_of_a_status_write_is_remembered(self, harness):
        key = harness.create()
        harness.decide_once(WriteExperimentStatus(ExperimentStatus(state="Preparing")))
        await harness.controller.reconcile(key)
        assert harness.memories.of(key).view(0.0).status_written_at == harness.clock()

    async def test_the_memory_starts_from_the_stored_seconds(self, harness):
        key = harness.create()
        await harness.world.apply(key, WriteExperimentStatus(ExperimentStatus(active_seconds=42.0)))
        await harness.controller.reconcile(key)
        assert harness.decided[-1][2].active_seconds == 42.0

    async def test_a_recreated_experiment_gets_an_empty_memory_and_waiting_runners_ask_again(self, harness):
        key = harness.create()
        await harness.controller.reconcile(key)
        answered = harness.waiting_runner(key)
        harness.memories.of(key).hand_in("r1", a_result(), harness.clock())
        harness.world.delete(key)
        harness.create()
        await harness.controller.reconcile(key)
        assert harness.decided[-1][2].pending_results == ()
        assert answered

    async def test_a_deleted_experiment_leaves_no_memory(self, harness):
        key = harness.create()
        answered = harness.waiting_runner(key)
        harness.world.delete(key)
        assert await harness.controller.reconcile(key) is None
        assert answered
        assert harness.decided == []
        assert harness.memories.of(key).view(0.0).sessions == ()


class TestSuggest:
    async def test_suggestions_are_computed_outside_the_loop_and_wake_it(self, harness):
        key = harness.create()
        harness.suggestions.gate.clear()
        harness.decide_once(Suggest(a_suggest_request(count=2)), CreatePlan(a_minimal_plan()))
        async with harness.running():
            assert harness.applied(key) == [CreatePlan]
            harness.memories.on_change(key)
            await settle()
            assert harness.decided[-1][2].suggesting == 2
            harness.suggestions.gate.set()
            await settle()
        broker = harness.decided[-1][2]
        assert [suggestion.index for suggestion in broker.suggestions] == [0, 1]
        assert broker.suggesting == 0

    @pytest.mark.parametrize(
        "error", [SuggestionsFailed("the search died: MemoryError"), ZeroDivisionError("a bug of the search")]
    )
    async def test_a_search_that_keeps_failing_reports_its_error(self, harness, caplog, error):
        harness.create()
        harness.suggestions.error = error
        harness.decide_once(Suggest(a_suggest_request()))
        async with harness.running():
            broker = harness.decided[-1][2]
        assert (broker.exhausted, broker.suggesting) == (False, 0)
        assert str(error) in broker.search_failure
        assert str(error) in caplog.text
        assert "default/churn" in caplog.text

    async def test_stopping_does_not_wait_for_a_suggestion(self, harness):
        harness.create()
        harness.suggestions.gate.clear()
        harness.decide_once(Suggest(a_suggest_request()))
        async with harness.running():
            assert len(harness.suggestions.requests) == 1
