import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from automl_api.resources.experiment_status import ExperimentStatus
from automl_operator.broker.desks import Desks
from automl_operator.controller.controller import Controller
from automl_operator.controller.suggestions import SuggestionsFailed
from automl_operator.controller.world import Refused, Superseded, Unavailable
from automl_operator.decisions.actions import (
    Cancel,
    CreatePlan,
    CreateTrial,
    Decision,
    Dismiss,
    DropLease,
    DropResult,
    DropSuggestions,
    Grant,
    StartRunner,
    Suggest,
    WriteExperimentStatus,
    WriteTrialStatus,
)
from automl_operator.decisions.snapshot import Desk, Key, Snapshot
from builders.control import (
    a_plan,
    a_progress,
    a_result,
    a_suggest_request,
    a_trial,
    an_announcement,
    an_assignment,
    an_experiment,
)
from fakes.clock import FakeClock, settle
from fakes.suggestions import FakeSuggestions
from fakes.world import FakeWorld

NOTHING = Decision()


class House:
    """A controller over a World in memory, deciding as the test says."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.world = FakeWorld()
        self.desks = Desks(self.clock)
        self.suggestions = FakeSuggestions()
        self.decided: list[tuple[Key, Snapshot, Desk, float]] = []
        self.decide: Callable[[Snapshot, Desk], Decision] = lambda snapshot, desk: NOTHING
        self.controller = Controller(
            self.world, self.desks, self._decide, self.suggestions, clock=self.clock, sleep=self.clock.sleep
        )

    def _decide(self, snapshot: Snapshot, desk: Desk, now: float) -> Decision:
        metadata = snapshot.experiment.metadata
        self.decided.append((Key(metadata.namespace, metadata.name), snapshot, desk, now))
        return self.decide(snapshot, desk)

    def decide_once(self, *actions, again_in: float | None = None) -> None:
        """The next decision; later ones are to do nothing."""
        queue = [Decision(actions, again_in)]
        self.decide = lambda snapshot, desk: queue.pop() if queue else NOTHING

    def create(self, name: str = "churn") -> Key:
        return self.world.create(an_experiment(name))

    def applied(self, key: Key) -> list[type]:
        return [type(action) for owner, action in self.world.applied if owner == key]

    def waiting_runner(self, key: Key, uid: str = "r1", free: int = 1, holding=()) -> list[bool]:
        """A runner waits at the desk; the list fills when its call is to be answered."""
        answered: list[bool] = []
        book = self.desks.of(key)
        book.ask(uid, an_announcement(free), free, holding, self.clock(), lambda: answered.append(True))
        return answered

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.controller.run())
        await settle()
        try:
            yield
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


@pytest.fixture
async def house() -> House:
    return House()


class TestReconcile:
    async def test_actions_are_applied_in_order_world_and_desk_alike(self, house):
        key = house.create()
        seen: list[tuple[list[type], int]] = []

        async def watching(owner, action, apply=house.world.apply):
            seen.append((house.applied(key), len(house.desks.of(key).view(0.0).leases)))
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
        assert [lease.id for lease in house.desks.of(key).view(0.0).leases] == ["a0", "a1"]

    async def test_a_failed_action_drops_the_rest_and_what_was_granted_before_is_delivered(self, house):
        key = house.create()
        answered = house.waiting_runner(key, free=2)
        house.world.fail(CreatePlan, Unavailable("the disk is full"))
        house.decide_once(
            Grant("r1", an_assignment("a0")), CreatePlan(a_plan()), Grant("r1", an_assignment("a1")), Dismiss("r1")
        )
        with pytest.raises(Unavailable):
            await house.controller.reconcile(key)
        assert [lease.id for lease in house.desks.of(key).view(0.0).leases] == ["a0"]
        assert answered

    async def test_running_twice_changes_nothing_when_the_decision_looks_at_what_is_there(self, house):
        key = house.create()

        def until_there_is_a_plan(snapshot, desk):
            return NOTHING if snapshot.plan else Decision((CreatePlan(a_plan()),))

        house.decide = until_there_is_a_plan
        await house.controller.reconcile(key)
        await house.controller.reconcile(key)
        assert house.applied(key) == [CreatePlan]

    async def test_every_desk_action_reaches_the_desk(self, house):
        key = house.create()
        book = house.desks.of(key)
        book.heartbeat("r1", (a_progress("cancelled"), a_progress("lost")), house.clock())
        book.hand_in("r1", a_result("done"), house.clock())
        gone = house.waiting_runner(key, "r2")
        house.decide_once(Cancel("cancelled"), DropLease("lost"), DropResult("done"), Dismiss("r2"), DropSuggestions())
        await house.controller.reconcile(key)
        desk = book.view(house.clock())
        assert [(lease.id, lease.cancelled) for lease in desk.leases] == [("cancelled", True)]
        assert desk.handed == ()
        assert gone

    async def test_the_time_of_a_status_write_is_remembered(self, house):
        key = house.create()
        house.decide_once(WriteExperimentStatus(ExperimentStatus(state="Preparing")))
        await house.controller.reconcile(key)
        assert house.desks.of(key).view(0.0).status_written_at == house.clock()

    async def test_the_desk_starts_from_the_stored_seconds(self, house):
        key = house.create()
        await house.world.apply(key, WriteExperimentStatus(ExperimentStatus(active_seconds=42.0)))
        await house.controller.reconcile(key)
        assert house.decided[-1][2].active_seconds == 42.0

    async def test_an_experiment_made_anew_gets_an_empty_desk_and_whoever_waits_is_sent_to_ask_again(self, house):
        key = house.create()
        await house.controller.reconcile(key)
        answered = house.waiting_runner(key)
        house.desks.of(key).hand_in("r1", a_result(), house.clock())
        house.world.delete(key)
        house.create()
        await house.controller.reconcile(key)
        assert house.decided[-1][2].handed == ()
        assert answered

    async def test_a_deleted_experiment_leaves_no_desk(self, house):
        key = house.create()
        answered = house.waiting_runner(key)
        house.world.delete(key)
        assert await house.controller.reconcile(key) is None
        assert answered
        assert house.decided == []
        assert house.desks.of(key).view(0.0).sessions == ()


class TestWakeUps:
    async def test_what_exists_is_decided_at_the_start(self, house):
        keys = {house.create("churn"), house.create("adult")}
        async with house.running():
            assert {decided[0] for decided in house.decided} == keys

    async def test_a_change_in_the_world_wakes(self, house):
        async with house.running():
            key = house.create()
            await settle()
            house.world.edit(key, stop=True)
            await settle()
        assert [decided[1].experiment.spec.stop for decided in house.decided] == [False, True]

    async def test_a_runners_call_wakes_at_once(self, house):
        key = house.create()
        async with house.running():
            before = house.clock()
            house.desks.on_change(key)
            await settle()
        assert len(house.decided) == 2
        assert house.clock() == before

    async def test_many_calls_during_one_reconcile_make_one_more(self, house):
        key = house.create()
        gate = asyncio.Event()

        async def slow(owner, observe=house.world.observe):
            await gate.wait()
            return await observe(owner)

        house.world.observe = slow
        async with house.running():
            for _ in range(10):
                house.desks.on_change(key)
            await settle()
            gate.set()
            await settle()
        assert len(house.decided) == 2

    async def test_one_experiment_is_never_reconciled_twice_at_once(self, house):
        key = house.create()
        running = most = 0

        async def watched(owner, observe=house.world.observe):
            nonlocal running, most
            running += 1
            most = max(most, running)
            await settle()
            running -= 1
            return await observe(owner)

        house.world.observe = watched
        async with house.running():
            for _ in range(10):
                house.desks.on_change(key)
                await asyncio.sleep(0)
            for _ in range(5):
                await settle()
        assert most == 1

    async def test_a_slow_experiment_does_not_hold_up_another(self, house):
        slow, quick = house.create("slow"), house.create("quick")

        async def stuck(owner, observe=house.world.observe):
            if owner == slow:
                await asyncio.Event().wait()
            return await observe(owner)

        house.world.observe = stuck
        async with house.running():
            assert [decided[0] for decided in house.decided] == [quick]

    async def test_nothing_happens_at_rest_until_the_resync(self, house):
        house.create()
        async with house.running():
            await house.clock.advance(29.9)
            assert len(house.decided) == 1
            await house.clock.advance(0.2)
            assert len(house.decided) == 2

    async def test_a_decision_may_ask_for_an_earlier_look(self, house):
        house.create()
        house.decide_once(again_in=5.0)
        async with house.running():
            await house.clock.advance(4.9)
            assert len(house.decided) == 1
            await house.clock.advance(0.2)
            assert len(house.decided) == 2

    async def test_a_wake_up_replaces_the_timer(self, house):
        key = house.create()
        house.decide_once(again_in=5.0)
        async with house.running():
            await house.clock.advance(3.0)
            house.desks.on_change(key)
            await house.clock.advance(20.0)
            assert len(house.decided) == 2

    async def test_the_watch_on_changes_is_taken_up_again(self, house, caplog):
        async with house.running():
            house.world.break_changes(Unavailable("the connection broke"))
            await settle()
            key = house.create()
            await house.clock.advance(1.0)
        assert [decided[0] for decided in house.decided] == [key]
        assert "the connection broke" in caplog.text

    async def test_after_the_end_a_call_wakes_nobody(self, house):
        key = house.create()
        async with house.running():
            pass
        house.desks.on_change(key)
        await settle()
        assert len(house.decided) == 1


class TestErrors:
    async def test_superseded_is_decided_anew_at_once(self, house):
        key = house.create()
        await house.world.apply(key, CreateTrial(a_trial(holder="another")))
        house.decide_once(CreateTrial(a_trial(holder="mine")))
        async with house.running():
            assert len(house.decided) == 2

    async def test_a_world_that_supersedes_everything_is_given_time(self, house):
        house.create()
        house.world.fail("observe", Superseded("again"), times=1000)
        async with house.running():
            await house.clock.advance(10.0)
        assert 5 < 1000 - len(house.world._faults["observe"]) < 20

    async def test_unavailable_is_tried_again_after_growing_pauses(self, house):
        house.create()
        house.world.fail("observe", Unavailable("no answer"), times=4)
        moments = []

        async def timed(owner, observe=house.world.observe):
            moments.append(house.clock() - 1_700_000_000.0)
            return await observe(owner)

        house.world.observe = timed
        async with house.running():
            await house.clock.advance(10.0)
        assert moments == pytest.approx([0.0, 0.2, 0.6, 1.4, 3.0])

    async def test_calls_do_not_shorten_the_pause(self, house):
        key = house.create()
        house.world.fail("observe", Unavailable("no answer"), times=100)
        async with house.running():
            for _ in range(100):
                house.desks.on_change(key)
                await settle()
        assert len(house.world._faults["observe"]) == 99

    async def test_after_a_success_the_pauses_are_short_again(self, house):
        key = house.create()
        house.world.fail("observe", Unavailable("no answer"), times=4)
        async with house.running():
            await house.clock.advance(5.0)
            house.world.fail("observe", Unavailable("no answer"))
            house.desks.on_change(key)
            await settle()
            before = len(house.decided)
            await house.clock.advance(0.21)
            assert len(house.decided) == before + 1

    async def test_refused_fails_the_experiment_with_reason_and_words(self, house):
        key = house.create()
        house.world.edit(key, parallelism=8)
        house.world.fail(StartRunner, Refused("Forbidden", "jobs.batch is forbidden: " + "x" * 10_000))
        house.decide_once(StartRunner("one", "cpu"), CreatePlan(a_plan()))
        async with house.running():
            status = house.world.stored(key).status
        assert house.applied(key) == [WriteExperimentStatus]
        assert (status.state, status.observed_generation) == ("Failed", 2)
        complete, condition = status.conditions
        assert (complete.type, complete.status, complete.reason) == ("Complete", "False", "Failed")
        assert (condition.type, condition.status, condition.reason) == ("Failed", "True", "Forbidden")
        assert condition.message.startswith("jobs.batch is forbidden")
        assert len(condition.message) == 4096
        assert status.completed_at is not None
        assert status.completed_at.timestamp() == house.clock()

    async def test_after_a_refusal_it_is_decided_anew_at_once_so_that_runners_are_sent_home(self, house):
        house.create()
        house.world.fail(StartRunner, Refused("Forbidden", "no"))
        house.decide_once(StartRunner("one", "cpu"))
        async with house.running():
            assert [decided[1].experiment.status.state for decided in house.decided] == ["Pending", "Failed"]

    async def test_when_even_the_refusal_cannot_be_written_it_is_tried_again_later(self, house):
        house.create()
        house.world.fail(StartRunner, Refused("Forbidden", "no"), times=2)
        house.world.fail(WriteExperimentStatus, Refused("TooLarge", "too large"))
        house.decide = lambda snapshot, desk: (
            NOTHING if snapshot.experiment.status.state == "Failed" else Decision((StartRunner("one", "cpu"),))
        )
        async with house.running():
            assert len(house.decided) == 1
            await house.clock.advance(1.0)
            assert house.decided[-1][1].experiment.status.state == "Failed"

    async def test_an_experiment_that_has_ended_keeps_its_ending(self, house):
        key = house.create()
        await house.world.apply(key, WriteExperimentStatus(ExperimentStatus(state="Complete")))
        house.world.fail(StartRunner, Refused("Forbidden", "no"))
        house.decide_once(StartRunner("one", "cpu"))
        async with house.running():
            assert house.world.stored(key).status.state == "Complete"

    async def test_a_bug_in_one_experiment_is_logged_with_its_key_and_stops_no_other(self, house, caplog):
        house.create("broken")

        def decide(snapshot, desk):
            if snapshot.experiment.metadata.name == "broken":
                raise ZeroDivisionError("a bug")
            return NOTHING

        house.decide = decide
        async with house.running():
            healthy = house.create("healthy")
            await house.clock.advance(60.0)
        names = [decided[0].name for decided in house.decided]
        assert names.count(healthy.name) == 3
        assert 5 < names.count("broken") < 15
        assert "default/broken" in caplog.text
        assert "ZeroDivisionError" in caplog.text

    async def test_many_broken_experiments_do_not_use_up_the_room_of_others(self, house):
        for number in range(40):
            house.create(f"broken-{number}")

        def decide(snapshot, desk):
            if snapshot.experiment.metadata.name.startswith("broken"):
                raise ZeroDivisionError("a bug")
            return NOTHING

        house.decide = decide
        async with house.running():
            await house.clock.advance(5.0)
            house.create("healthy")
            await settle()
            assert house.decided[-1][0].name == "healthy"

    async def test_the_disk_is_full_and_then_there_is_room_and_nothing_is_lost(self, house):
        key = house.create()
        house.desks.of(key).hand_in("r1", a_result("a1"), house.clock())
        await house.world.apply(key, CreateTrial(a_trial()))
        name = a_trial().metadata.name
        house.world.fail(WriteTrialStatus, Unavailable("No space left on device"), times=3)
        house.decide = lambda snapshot, desk: Decision(
            tuple(
                action
                for handed in desk.handed
                for action in (WriteTrialStatus(name, a_trial().status), DropResult(handed.result.id))
            )
        )
        async with house.running():
            assert len(house.desks.of(key).view(0.0).handed) == 1
            await house.clock.advance(3.0)
            assert house.desks.of(key).view(0.0).handed == ()
        assert WriteTrialStatus in house.applied(key)


class TestSuggest:
    async def test_suggestions_are_computed_beside_the_loop_and_wake_it(self, house):
        key = house.create()
        house.suggestions.gate.clear()
        house.decide_once(Suggest(a_suggest_request(count=2)), CreatePlan(a_plan()))
        async with house.running():
            assert house.applied(key) == [CreatePlan]
            house.desks.on_change(key)
            await settle()
            assert house.decided[-1][2].suggesting == 2
            house.suggestions.gate.set()
            await settle()
        desk = house.decided[-1][2]
        assert [suggestion.index for suggestion in desk.suggestions] == [0, 1]
        assert desk.suggesting == 0

    @pytest.mark.parametrize(
        "error", [SuggestionsFailed("the search died: MemoryError"), ZeroDivisionError("a bug of the search")]
    )
    async def test_a_search_that_keeps_failing_has_nothing_left_and_says_why(self, house, caplog, error):
        house.create()
        house.suggestions.error = error
        house.decide_once(Suggest(a_suggest_request()))
        async with house.running():
            desk = house.decided[-1][2]
        assert (desk.exhausted, desk.suggesting) == (True, 0)
        assert str(error) in caplog.text
        assert "default/churn" in caplog.text

    async def test_stopping_does_not_wait_for_a_suggestion(self, house):
        house.create()
        house.suggestions.gate.clear()
        house.decide_once(Suggest(a_suggest_request()))
        async with house.running():
            assert len(house.suggestions.requests) == 1
