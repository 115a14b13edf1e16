"""One reconcile: what was decided is applied in order, in the World and on the desk."""

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
    a_plan,
    a_progress,
    a_result,
    a_suggest_request,
    a_trial,
    an_assignment,
)
from fakes.clock import settle
from fakes.controlled_house import NOTHING, House


@pytest.fixture
async def house() -> House:
    return House()


class TestReconcile:
    async def test_actions_are_applied_in_order_world_and_desk_alike(self, house):
        key = house.create()
        seen: list[tuple[list[type], int]] = []

        async def watching(owner, action, apply=house.world.apply):
            seen.append((house.applied(key), len(house.memories.of(key).view(0.0).leases)))
            await apply(owner, action)

        house.world.apply = watching
        house.decide_once(
            CreateTrial(a_trial(0)),
            Grant("r1", an_assignment("a0")),
            CreateTrial(a_trial(1)),
            Grant("r1", an_assignment("a1")),
        )
        await house.controller.reconcile(key)
        assert seen == [([], 0), ([CreateTrial], 1)]
        assert [lease.id for lease in house.memories.of(key).view(0.0).leases] == ["a0", "a1"]

    async def test_a_failed_create_drops_the_rest_and_what_was_granted_before_is_delivered(self, house):
        key = house.create()
        answered = house.waiting_runner(key, free=2)
        house.world.fail(CreatePlan, Unavailable("the disk is full"))
        house.decide_once(
            Grant("r1", an_assignment("a0")), CreatePlan(a_plan()), Grant("r1", an_assignment("a1")), Dismiss("r1")
        )
        assert await house.controller.reconcile(key) == 0.0
        assert [lease.id for lease in house.memories.of(key).view(0.0).leases] == ["a0"]
        assert answered

    async def test_running_twice_changes_nothing_when_the_decision_looks_at_what_is_there(self, house):
        key = house.create()

        def until_there_is_a_plan(snapshot, broker):
            return NOTHING if snapshot.plan else Decision((CreatePlan(a_plan()),))

        house.decide = until_there_is_a_plan
        await house.controller.reconcile(key)
        await house.controller.reconcile(key)
        assert house.applied(key) == [CreatePlan]

    async def test_every_desk_action_reaches_the_desk(self, house):
        key = house.create()
        memory = house.memories.of(key)
        memory.heartbeat("r1", (a_progress("cancelled"), a_progress("lost")), house.clock())
        memory.hand_in("r1", a_result("done"), house.clock())
        gone = house.waiting_runner(key, "r2")
        house.decide_once(Cancel("cancelled"), DropLease("lost"), DropResult("done"), Dismiss("r2"), DropSuggestions())
        await house.controller.reconcile(key)
        broker = memory.view(house.clock())
        assert [(lease.id, lease.cancelled) for lease in broker.leases] == [("cancelled", True)]
        assert broker.pending_results == ()
        assert gone

    async def test_the_time_of_a_status_write_is_remembered(self, house):
        key = house.create()
        house.decide_once(WriteExperimentStatus(ExperimentStatus(state="Preparing")))
        await house.controller.reconcile(key)
        assert house.memories.of(key).view(0.0).status_written_at == house.clock()

    async def test_the_desk_starts_from_the_stored_seconds(self, house):
        key = house.create()
        await house.world.apply(key, WriteExperimentStatus(ExperimentStatus(active_seconds=42.0)))
        await house.controller.reconcile(key)
        assert house.decided[-1][2].active_seconds == 42.0

    async def test_an_experiment_made_anew_gets_an_empty_desk_and_whoever_waits_is_sent_to_ask_again(self, house):
        key = house.create()
        await house.controller.reconcile(key)
        answered = house.waiting_runner(key)
        house.memories.of(key).hand_in("r1", a_result(), house.clock())
        house.world.delete(key)
        house.create()
        await house.controller.reconcile(key)
        assert house.decided[-1][2].pending_results == ()
        assert answered

    async def test_a_deleted_experiment_leaves_no_desk(self, house):
        key = house.create()
        answered = house.waiting_runner(key)
        house.world.delete(key)
        assert await house.controller.reconcile(key) is None
        assert answered
        assert house.decided == []
        assert house.memories.of(key).view(0.0).sessions == ()


class TestSuggest:
    async def test_suggestions_are_computed_beside_the_loop_and_wake_it(self, house):
        key = house.create()
        house.suggestions.gate.clear()
        house.decide_once(Suggest(a_suggest_request(count=2)), CreatePlan(a_plan()))
        async with house.running():
            assert house.applied(key) == [CreatePlan]
            house.memories.on_change(key)
            await settle()
            assert house.decided[-1][2].suggesting == 2
            house.suggestions.gate.set()
            await settle()
        broker = house.decided[-1][2]
        assert [suggestion.index for suggestion in broker.suggestions] == [0, 1]
        assert broker.suggesting == 0

    @pytest.mark.parametrize(
        "error", [SuggestionsFailed("the search died: MemoryError"), ZeroDivisionError("a bug of the search")]
    )
    async def test_a_search_that_keeps_failing_says_why(self, house, caplog, error):
        house.create()
        house.suggestions.error = error
        house.decide_once(Suggest(a_suggest_request()))
        async with house.running():
            broker = house.decided[-1][2]
        assert (broker.exhausted, broker.suggesting) == (False, 0)
        assert str(error) in broker.search_failure
        assert str(error) in caplog.text
        assert "default/churn" in caplog.text

    async def test_stopping_does_not_wait_for_a_suggestion(self, house):
        house.create()
        house.suggestions.gate.clear()
        house.decide_once(Suggest(a_suggest_request()))
        async with house.running():
            assert len(house.suggestions.requests) == 1
